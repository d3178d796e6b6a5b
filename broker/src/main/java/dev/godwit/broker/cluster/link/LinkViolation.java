package dev.godwit.broker.cluster.link;

import java.io.Serial;

/** A peer has said what the protocol does not allow, or bytes have changed on their way. The connection must end. */
final class LinkViolation extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean checksum;

    private LinkViolation(String message, boolean checksum) {
        super(message);
        this.checksum = checksum;
    }

    static LinkViolation of(String message) {
        return new LinkViolation(message, false);
    }

    static LinkViolation wrongChecksum(String message) {
        return new LinkViolation(message, true);
    }

    /** Whether bytes have changed on their way, rather than been wrong from the start. */
    boolean isChecksum() {
        return checksum;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
