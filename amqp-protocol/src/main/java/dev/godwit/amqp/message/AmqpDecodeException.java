package dev.godwit.amqp.message;

/**
 * Bytes that are not what AMQP says they should be: amqp:decode-error. The message says what is wrong, and at which byte
 * of the buffer. Without a stack trace, since whoever sends garbage sends a lot of it.
 */
public final class AmqpDecodeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    AmqpDecodeException(int offset, String what) {
        super("byte " + offset + ": " + what, null, false, false);
    }
}
