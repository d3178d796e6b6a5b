package dev.godwit.distribution.configuration;

/** A value that its key cannot hold; {@link ValueType#expects} says what it can. */
final class InvalidValueException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidValueException() {
        super(null, null, false, false);
    }
}
