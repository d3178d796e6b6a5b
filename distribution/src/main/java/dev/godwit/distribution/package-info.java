/** The command line: {@code godwit run}, {@code send}, {@code receive}, {@code perf} and their kin. */
@NullMarked
package dev.godwit.distribution;

import org.jspecify.annotations.NullMarked;
