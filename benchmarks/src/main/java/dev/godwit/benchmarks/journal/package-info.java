/** What the journal alone can do. */
@NullMarked
package dev.godwit.benchmarks.journal;

import org.jspecify.annotations.NullMarked;
