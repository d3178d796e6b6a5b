package dev.godwit.distribution.configuration;

import org.jspecify.annotations.Nullable;

/** A value that its key cannot hold; {@link ValueType#expects} says what it can, where this does not say it better. */
final class InvalidValueException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    InvalidValueException() {
        this(null, 0);
    }

    /**
     * @param message what is wrong with a part of the value, and what would do; null for nothing in particular
     * @param line of the file where that part is; 0 where that is not known
     */
    InvalidValueException(@Nullable String message, int line) {
        super(message, null, false, false);
        this.line = line;
    }

    int line() {
        return line;
    }
}
