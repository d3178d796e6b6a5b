/** The broker as RabbitMQ's AMQP 1.0 Java client sees it. */
@NullMarked
package dev.godwit.it.rabbitmq;

import org.jspecify.annotations.NullMarked;
