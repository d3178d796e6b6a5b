package dev.godwit.broker.shard;

import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.ShardLog;

/** Where shards get their logs from: this node's journal, or copies on several nodes. */
@FunctionalInterface
public interface ShardLogs {
    /**
     * Opens a shard's log for appending, in a new epoch. Called on {@code owner}, which owns the log from then on.
     *
     * @param listener told on {@code owner} how far the log is safe
     * @throws IllegalStateException when the log is open already, or this node may not write it
     */
    ShardLog open(int shard, EventLoop owner, LeaderListener listener);

    /** Whether messages of the shard may be given out. Called on its owner. */
    default DeliveryRight deliveryRight(int shard) {
        return DeliveryRight.ALWAYS;
    }
}
