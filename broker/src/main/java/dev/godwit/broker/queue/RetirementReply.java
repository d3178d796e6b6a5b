package dev.godwit.broker.queue;

/** Whether a message was retired within a transaction. Exactly one of the two is called, once, on the caller's loop. */
public interface RetirementReply {
    /** The queue does with it what was said, when the transaction is committed. */
    void onRetired();

    /** The consumer does not have the message any more: the queue has given it to another, or it is gone. */
    void onNotHeld();
}
