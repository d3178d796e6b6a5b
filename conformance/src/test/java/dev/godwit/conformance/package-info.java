/** Joins what AMQP 1.0 demands with the tests that prove it. */
@NullMarked
package dev.godwit.conformance;

import org.jspecify.annotations.NullMarked;
