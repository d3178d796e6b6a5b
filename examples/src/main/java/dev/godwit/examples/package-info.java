/** Small programs that use the broker through {@code jakarta.jms} alone; only the factory is ours. */
@NullMarked
package dev.godwit.examples;

import org.jspecify.annotations.NullMarked;
