package dev.godwit.broker.amqp;

/** What the answers may hold that wait for one connection's peer to take them. Owned by the connection's loop. */
final class AnswerRoom {
    /** All answers of a connection that wait; a longer one may wait alone. */
    static final long BYTES_MAX = 8L << 20;

    /** What keeping an answer costs besides its bytes. */
    private static final int BYTES_OF_ONE = 256;

    private long bytes;

    /** False when there is no room for an answer of that size. */
    boolean take(int answerBytes) {
        long wanted = answerBytes + (long) BYTES_OF_ONE;
        if (bytes > 0 && bytes + wanted > BYTES_MAX) {
            return false;
        }
        bytes += wanted;
        return true;
    }

    /** An answer of that size, for which there was room, waits no more. */
    void giveBack(int answerBytes) {
        bytes -= answerBytes + (long) BYTES_OF_ONE;
    }
}
