package dev.godwit.amqp.sasl;

/** A client cannot go on with a mechanism: its own secret is not to be had, or the server is not what it should be. */
public final class SaslFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public SaslFailure(String message) {
        super(message);
    }

    public SaslFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
