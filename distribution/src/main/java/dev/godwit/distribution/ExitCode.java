package dev.godwit.distribution;

/** How a command ended, told to the shell. The numbers are documented: never reuse one. */
enum ExitCode {
    OK(0, "done; a broker was stopped by SIGTERM or SIGINT"),
    FAILED(1, "an error that none of the others describes"),
    USAGE(2, "wrong command line or configuration"),
    PORT_IN_USE(3, "the port is in use"),
    DATA_LOCKED(4, "another broker uses the data directory"),
    JOURNAL_CORRUPT(5, "the journal is damaged; nothing was changed"),
    JOURNAL_FAILED(6, "the disk failed under a running broker"),
    DATA_UNUSABLE(7, "the data directory cannot be used: permissions, or another format"),
    CONNECTION_FAILED(8, "no broker there, login refused, or the connection was lost"),
    REFUSED(9, "the broker refused an address, a message or an order"),
    INCOMPLETE(10, "fewer messages than asked for, or lost, duplicated or out of order; or not done in time");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    String meaning() {
        return meaning;
    }
}
