/** Whole brokers for tests: in the JVM of the test, or started as processes, killed, watched. */
@NullMarked
package dev.godwit.it;

import org.jspecify.annotations.NullMarked;
