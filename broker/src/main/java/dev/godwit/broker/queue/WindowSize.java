package dev.godwit.broker.queue;

/**
 * How far a queue reads ahead of its consumers: a little at first, so that the first message comes at once, then more each
 * time, up to a number of messages and of bytes. Owned by the queue's loop.
 */
final class WindowSize {
    private static final int FIRST_MESSAGES = 32;
    private static final int MESSAGES_MAX = 4_096;

    /** The part of what a queue may hold in memory. */
    private static final int PART = 4;

    /** When memory is short: consumers get on, but no queue takes more than it has to. */
    private static final long SHORT_BYTES_MAX = 64L << 10;

    private final MessageMemory memory;
    private final LineBytes lines;
    private int messages = FIRST_MESSAGES;

    /** @param lines all that share what the queue may hold */
    WindowSize(MessageMemory memory, LineBytes lines) {
        this.memory = memory;
        this.lines = lines;
    }

    /** True when more should be read. */
    boolean isLow(int messagesAtHand, long bytesAtHand) {
        return messagesAtHand < messages() && (bytesAtHand == 0 || bytesAtHand < bytesMax());
    }

    /** How many of the first references to take, at least 1. There must be one. */
    int next(References references) {
        long bytesMax = bytesMax();
        int countMax = (int) Math.min(messages(), references.size());
        long first = references.firstSequence();
        long bytes = 0;
        int count = 0;
        while (count < countMax) {
            long reference = references.get(first + count);
            if (Reference.isUnread(reference)) {
                bytes += MessageAttributes.sizeBytesAtMost(Reference.attributes(reference));
            }
            if (count > 0 && bytes > bytesMax) {
                break;
            }
            count++;
        }
        return count;
    }

    /** A window was read: the next may be larger. */
    void onRead() {
        messages = Math.min(MESSAGES_MAX, 2 * messages);
    }

    private int messages() {
        return Math.max(FIRST_MESSAGES, messages / lines.lanes());
    }

    private long bytesMax() {
        long most = memory.isHotFull() ? SHORT_BYTES_MAX : Math.max(SHORT_BYTES_MAX, memory.queueHotBytesMax() / PART);
        return most / lines.lanes();
    }
}
