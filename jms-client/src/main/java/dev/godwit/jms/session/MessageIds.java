package dev.godwit.jms.session;

/** The message ids of one producer: unique by its own id, and counted. Used by its session's thread. */
final class MessageIds {
    private final String prefix;
    private long sequence;

    /** @param producerId unique everywhere; begins with {@code ID:} */
    MessageIds(String producerId) {
        this.prefix = producerId + '-';
    }

    String next() {
        return prefix + ++sequence;
    }
}
