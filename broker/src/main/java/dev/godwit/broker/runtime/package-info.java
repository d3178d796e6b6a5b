/** Event loops that know their thread, clocks, and the doors between loops. */
@NullMarked
package dev.godwit.broker.runtime;

import org.jspecify.annotations.NullMarked;
