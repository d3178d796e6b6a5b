package dev.godwit.amqp.transport;

/** A connection does not begin as a proxy's does. */
final class ProxyHeaderException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    ProxyHeaderException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** What is wrong, in words for a log. */
    String reason() {
        return reason;
    }
}
