package dev.godwit.broker.transaction;

/** What became of a transaction. Exactly one is called, once; none when the disk is lost on the way, or this
 * node serves no more. */
public interface OutcomeReply {
    /** All of it has happened. */
    void onCommitted();

    /** Nothing of it has happened, or ever will. */
    void onRolledBack();

    /** It is not known: it was too long ago, its outcome was not to be kept, or it is none of this user's. */
    void onUnknown();
}
