/** Files: segments, the one writer thread, recovery scan. */
@NullMarked
package dev.godwit.storage.segment;

import org.jspecify.annotations.NullMarked;
