/** What clients saw of a broker, and whether it is what the broker promises. */
@NullMarked
package dev.godwit.it.history;

import org.jspecify.annotations.NullMarked;
