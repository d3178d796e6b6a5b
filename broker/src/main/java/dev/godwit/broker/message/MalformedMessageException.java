package dev.godwit.broker.message;

/** Bytes that were kept as a message are none. */
public final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedMessageException(Exception cause) {
        super("it is not an AMQP message: " + cause.getMessage(), cause);
    }
}
