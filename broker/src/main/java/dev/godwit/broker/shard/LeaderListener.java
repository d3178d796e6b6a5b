package dev.godwit.broker.shard;

import dev.godwit.storage.journal.CommitListener;

/** Hears how far a shard's log is safe, and when that is not for this node to say any more. Called on the shard's loop. */
public interface LeaderListener extends CommitListener {
    /**
     * Another node leads the shard, or may: whether what was appended and not told as committed is safe is not known here.
     * Nothing is told after this.
     */
    void onDeposed();
}
