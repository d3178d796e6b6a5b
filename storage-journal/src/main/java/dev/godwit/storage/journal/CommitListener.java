package dev.godwit.storage.journal;

/** Told how far a shard's log is safe. Called on the executor given with it, in order, once for each batch. */
public interface CommitListener {
    /** Every record of the shard up to and including {@code index} is on stable storage. */
    void onCommitted(long index);

    /** The disk is gone. Nothing after the last committed index is promised; no call follows. */
    void onJournalLost();
}
