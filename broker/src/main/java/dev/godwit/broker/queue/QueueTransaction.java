package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;

/** A transaction as the doors of queues see it. Owned by the loop of the client that began it. */
public interface QueueTransaction {
    /**
     * What the transaction does in the shard of that log, on whose loop the branch is then used. Any thread may ask, while
     * a message that is posted or retired has not been answered.
     */
    ShardBranch branch(QueueLog log, EventLoop shardOwner);
}
