package dev.godwit.broker.transaction;

/** How the preparation of a transaction ended. Exactly one is called, once; none when the disk is lost on the way. */
public interface PrepareReply extends DischargeReply {
    /** Nothing was done in it: it is over, and there is nothing to decide. */
    void onNothingDone();
}
