/** How soon a broker serves again after it was killed. */
@NullMarked
package dev.godwit.benchmarks.restart;

import org.jspecify.annotations.NullMarked;
