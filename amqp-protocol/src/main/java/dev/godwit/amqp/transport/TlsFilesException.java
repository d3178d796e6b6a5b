package dev.godwit.amqp.transport;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Files for TLS that cannot be used; the message says which, and what to do. */
public final class TlsFilesException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    TlsFilesException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
