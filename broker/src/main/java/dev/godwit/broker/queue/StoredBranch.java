package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;

/**
 * What a transaction that was prepared when the broker stopped has done in one shard: queues fill it as they take over what
 * the journal held. Filled by the thread that starts the broker, then by the shard's loop, which makes a {@link ShardBranch}
 * of it when all queues have.
 */
public final class StoredBranch {
    private final List<QueueEntry> posted = new ArrayList<>();
    private final List<QueueEntry> retired = new ArrayList<>();

    void posted(QueueEntry entry) {
        posted.add(entry);
    }

    void retired(QueueEntry entry) {
        retired.add(entry);
    }

    /** The branch as it was when it was prepared, as far as the journal knows of it. */
    public ShardBranch open(QueueLog log, EventLoop owner) {
        return ShardBranch.prepared(log, owner, posted, retired);
    }
}
