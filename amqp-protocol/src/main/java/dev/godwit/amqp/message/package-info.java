/** Reads and writes the sections of an encoded message without opening the body. */
@NullMarked
package dev.godwit.amqp.message;

import org.jspecify.annotations.NullMarked;
