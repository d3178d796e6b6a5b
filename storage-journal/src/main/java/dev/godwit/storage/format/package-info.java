/** The bytes on disk and on the replication wire; the only room that knows an offset. */
@NullMarked
package dev.godwit.storage.format;

import org.jspecify.annotations.NullMarked;
