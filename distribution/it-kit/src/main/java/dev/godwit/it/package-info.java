/** Whole brokers for tests: started as processes, killed, watched. */
@NullMarked
package dev.godwit.it;

import org.jspecify.annotations.NullMarked;
