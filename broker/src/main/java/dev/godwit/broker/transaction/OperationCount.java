package dev.godwit.broker.transaction;

/**
 * What all transactions of one connection have posted and retired and hold until they end. Owned by the connection's loop;
 * lives as long as the connection.
 */
final class OperationCount {
    private final int max;
    private int held;

    OperationCount(int max) {
        this.max = max;
    }

    /** One more; false when there are as many as may be. */
    boolean add() {
        if (held == max) {
            return false;
        }
        held++;
        return true;
    }

    /** A transaction has ended, and holds no more what it held. */
    void remove(int operations) {
        held -= operations;
    }
}
