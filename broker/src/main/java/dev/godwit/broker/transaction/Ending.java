package dev.godwit.broker.transaction;

/** Wants to know how a transaction ended. One of the two is called, once, before the client hears of it. */
public interface Ending {
    void onCommitted();

    void onRolledBack();
}
