/** Our own JMS client, with brokers that are guarded. */
@NullMarked
package dev.godwit.it.jms;

import org.jspecify.annotations.NullMarked;
