/** The broker as the Vert.x AMQP client sees it. */
@NullMarked
package dev.godwit.it.vertx;

import org.jspecify.annotations.NullMarked;
