/** Our AMQP container: connections, producer links, consumer links. */
@NullMarked
package dev.godwit.broker.amqp;

import org.jspecify.annotations.NullMarked;
