/** Several brokers that keep the same messages: what that costs. */
@NullMarked
package dev.godwit.benchmarks.cluster;

import org.jspecify.annotations.NullMarked;
