package dev.godwit.broker.transaction;

/**
 * How the decision about a prepared transaction ended. Exactly one is called, once; none when the disk is lost on the way:
 * then it may have been taken.
 */
public interface DecisionReply {
    /** It is as it was to be, for good. */
    void onDecided();

    /** No transaction of that name is prepared. */
    void onUnknown();

    /** It has been decided otherwise, and is about to end so. */
    void onDecidedOtherwise();
}
