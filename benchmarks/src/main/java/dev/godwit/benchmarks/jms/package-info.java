/** JMS clients beside one another. */
@NullMarked
package dev.godwit.benchmarks.jms;

import org.jspecify.annotations.NullMarked;
