package dev.godwit.jms.failover;

/**
 * What hangs on a transaction: on the one that a session has open, one after the other, or on one that somebody else coordinates.
 * Owned by the provider's loop; any thread may ask.
 */
final class TransactionWork {
    private enum State {
        /** Nothing was sent or settled in it. */
        NONE,
        /** Something was, and the connection is there. */
        OPEN,
        /** Something was, and its connection is gone: the application hears so when it wants to commit. */
        LOST
    }

    private final boolean isCoordinated;
    private volatile State state = State.NONE;

    /** @param isCoordinated whether somebody else says when it ends: when it is lost, no other comes in its place */
    TransactionWork(boolean isCoordinated) {
        this.isCoordinated = isCoordinated;
    }

    /** Nothing can be done in it, and nothing that was to be done in it may be done by itself. */
    boolean isOver() {
        return isCoordinated && state == State.LOST;
    }

    /** Its connection is gone, or something was to be a part of it that came by a connection that is gone. */
    void onLost() {
        state = State.LOST;
    }

    /** Something is sent or settled on the connection that is there. */
    void onWork() {
        if (state == State.NONE) {
            state = State.OPEN;
        }
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
