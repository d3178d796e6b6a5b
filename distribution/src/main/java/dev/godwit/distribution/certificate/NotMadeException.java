package dev.godwit.distribution.certificate;

import java.io.Serial;

/** A certificate was not made, and nothing was changed; the message is for the user. */
public final class NotMadeException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    NotMadeException(String message) {
        super(message);
    }

    NotMadeException(String message, Throwable cause) {
        super(message, cause);
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
