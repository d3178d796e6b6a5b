package dev.godwit.broker;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a broker process does when its journal cannot be written: it ends, at once, and says so. */
public final class JournalFailure {
    /** Told to whoever started the process. */
    public static final int EXIT_CODE = 6;

    private static final Logger log = LoggerFactory.getLogger(JournalFailure.class);

    private JournalFailure() {}

    /** Halts without shutdown hooks: they would try to write what cannot be written. */
    static void halt(String reason) {
        log.error("the journal failed, so this broker ends now (exit code {}): {}", EXIT_CODE, reason);
        Runtime.getRuntime().halt(EXIT_CODE);
    }
}
