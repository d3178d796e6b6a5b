package dev.godwit.broker.amqp;

/**
 * How many messages a producer link may have on their way: a fixed number, fewer when they are large. Owned by the link's
 * loop.
 */
final class CreditWindow {
    /** How much of the average is the newest message: 1/16. */
    private static final int AVERAGE_SHIFT = 4;

    /** Credit is given back when this part of the window is free, so that a flow frame serves many messages. */
    private static final int PAYMENT_PART = 4;

    /** Taken for messages of which none has come yet, where it matters how many bytes come. */
    private static final long UNKNOWN_BYTES = 16 << 10;

    private final int messagesMax;
    private final long bytesMax;
    private long messagesBound = Long.MAX_VALUE;
    private long bytesBound = Long.MAX_VALUE;
    private long averageBytes;
    private int granted;

    CreditWindow(int messagesMax, long bytesMax) {
        this.messagesMax = messagesMax;
        this.bytesMax = bytesMax;
    }

    /** It is no larger than this for now. */
    void bound(long messages, long bytes) {
        messagesBound = messages;
        bytesBound = bytes;
    }

    void onArrived(int bytes) {
        averageBytes += (bytes - averageBytes) >> AVERAGE_SHIFT;
        // One large message tells at once that more may come.
        averageBytes = Math.max(averageBytes, bytes >> AVERAGE_SHIFT);
    }

    void onSettled() {
        granted--;
    }

    /** Credit that was given, and is not free again: unused, or for messages that have not been settled. */
    int granted() {
        return granted;
    }

    boolean isPaymentDue() {
        int window = window();
        return window - granted >= Math.max(1, window / PAYMENT_PART);
    }

    /** The credit that may be given now; it counts as given. */
    int takeOwed() {
        int owed = Math.max(0, window() - granted);
        granted += owed;
        return owed;
    }

    private int window() {
        boolean unknown = averageBytes == 0 && bytesBound != Long.MAX_VALUE;
        long byBytes = Math.min(bytesMax, bytesBound) / (unknown ? UNKNOWN_BYTES : Math.max(1, averageBytes));
        return (int) Math.max(1, Math.min(Math.min(messagesMax, messagesBound), byBytes));
    }
}
