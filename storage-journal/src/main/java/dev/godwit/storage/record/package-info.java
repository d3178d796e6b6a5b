/** The facts a journal holds. */
@NullMarked
package dev.godwit.storage.record;

import org.jspecify.annotations.NullMarked;
