package dev.godwit.distribution;

import dev.godwit.distribution.client.ClientFailedException;

/** A command cannot go on. Its message is one line for the user; there is no stack trace to be shown. */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    CommandFailure(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    CommandFailure(ClientFailedException failed) {
        this(exitCode(failed.kind()), failed.reason());
    }

    private static ExitCode exitCode(ClientFailedException.Kind kind) {
        return switch (kind) {
            case CONNECTION -> ExitCode.CONNECTION_FAILED;
            case REFUSED, NOT_NOW -> ExitCode.REFUSED;
            case PROCESS -> ExitCode.USAGE;
        };
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
