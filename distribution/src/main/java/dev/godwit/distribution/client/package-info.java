/** What the tools need of an AMQP 1.0 client: one connection, and sending and receiving a few messages on it. */
@NullMarked
package dev.godwit.distribution.client;

import org.jspecify.annotations.NullMarked;
