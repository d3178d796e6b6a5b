/** The event loops of {@code broker.runtime}, on Vert.x. */
@NullMarked
package dev.godwit.broker.runtime.vertx;

import org.jspecify.annotations.NullMarked;
