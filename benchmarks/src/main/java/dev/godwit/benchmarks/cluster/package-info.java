/** Several brokers that keep the same messages: what that costs, and how long nobody serves when they die. */
@NullMarked
package dev.godwit.benchmarks.cluster;

import org.jspecify.annotations.NullMarked;
