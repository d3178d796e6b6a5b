package dev.godwit.broker.filter;

/** A filter that means nothing; the message says where it is wrong and what would be right, for the peer to read. */
public final class InvalidFilterException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidFilterException(String message) {
        super(message);
    }
}
