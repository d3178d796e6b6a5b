package dev.godwit.jms.failover;

/** What hangs on the transaction that a session has open. Owned by the provider's loop; any thread may ask. */
final class TransactionWork {
    private enum State {
        /** Nothing was sent or settled in it. */
        NONE,
        /** Something was, and the connection is there. */
        OPEN,
        /** Something was, and its connection is gone: the application hears so when it wants to commit. */
        LOST
    }

    private volatile State state = State.NONE;

    /** Something is sent or settled on the connection that is there. */
    void onWork() {
        if (state == State.NONE) {
            state = State.OPEN;
        }
    }

    /** Something was to be a part of it that came by a connection that is gone. */
    void onStaleWork() {
        state = State.LOST;
    }

    void onInterrupted() {
        if (state == State.OPEN) {
            state = State.LOST;
        }
    }

    /** It is being committed or was rolled back: what comes is another one's. */
    void onEnded() {
        state = State.NONE;
    }

    boolean isLost() {
        return state == State.LOST;
    }
}
