/** Connections, sessions, producers, consumers and contexts: every rule and thread of Jakarta Messaging, and no AMQP. */
@NullMarked
package dev.godwit.jms.session;

import org.jspecify.annotations.NullMarked;
