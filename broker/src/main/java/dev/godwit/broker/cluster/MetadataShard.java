package dev.godwit.broker.cluster;

import dev.godwit.broker.catalog.CatalogReplay;
import dev.godwit.broker.catalog.MetadataLog;
import dev.godwit.broker.catalog.MetadataReply;
import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.DeliveryRight;
import dev.godwit.broker.shard.ShardJournal;
import dev.godwit.broker.shard.ShardLogs;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.DefinitionRemoved;
import dev.godwit.storage.record.JournalRecord.DefinitionStored;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.nio.ByteBuffer;

/** Shard 0: the log of definitions. Owned by the control loop. */
public final class MetadataShard implements MetadataLog {
    public static final int NUMBER = 0;

    private final ShardJournal journal;
    private final DeliveryRight right;

    public MetadataShard(ShardLogs logs, EventLoop owner) {
        this.journal = new ShardJournal(NUMBER, logs, owner);
        this.right = logs.deliveryRight(NUMBER);
    }

    /** Whether no other node can have served since this one has opened the log: who serves leads this shard. */
    public boolean servesAlone() {
        return journal.mayDeliver();
    }

    /** Who is told each time when it serves alone again after it was asked and did not. In the place of who was told before. */
    public void onServingAlone(Runnable told) {
        right.onRegained(told);
    }

    public long epoch() {
        return journal.epoch();
    }

    @Override
    public void store(String kind, String key, ByteBuffer body, MetadataReply reply) {
        append(new DefinitionStored(kind, key, body), reply);
    }

    @Override
    public void remove(String kind, String key, MetadataReply reply) {
        append(new DefinitionRemoved(kind, key), reply);
    }

    private void append(JournalRecord record, MetadataReply reply) {
        var parked = new ParkedReply(reply);
        try {
            parked.index = journal.append(record, parked);
        } catch (JournalFullException full) {
            reply.onFailed(full.getMessage());
        }
    }

    /** The record is needed no more. */
    public void release(long index) {
        journal.release(LongRanges.of(index));
    }

    private static final class ParkedReply implements Parked {
        private final MetadataReply reply;
        private long index;

        ParkedReply(MetadataReply reply) {
            this.reply = reply;
        }

        @Override
        public void onCommitted() {
            reply.onCommitted(index);
        }

        @Override
        public void onLost() {
            reply.onFailed("the journal was lost; whether the change was kept is not known");
        }
    }

    /** Reads shard 0 into the catalog at start. */
    public record Replay(CatalogReplay catalog) implements ShardRecovery {
        @Override
        public void onRecord(long index, JournalRecord record) {
            if (record instanceof DefinitionStored stored) {
                catalog.onStored(index, stored.kind(), stored.key(), stored.body());
            } else {
                throw foreign(index, String.valueOf(record));
            }
        }

        @Override
        public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
            throw foreign(index, "a message");
        }

        @Override
        public void onLargeMessage(
                long index,
                long queueId,
                int attributes,
                long expiryTimeMillis,
                int deliveryCount,
                long encodedBytes,
                LongRanges partIndices) {
            throw foreign(index, "a message");
        }

        private static IllegalStateException foreign(long index, String what) {
            return new IllegalStateException(
                    "the metadata log holds " + what + " at index " + index + "; messages belong in shards 1 and up");
        }
    }
}
