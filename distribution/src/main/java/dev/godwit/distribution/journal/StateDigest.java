package dev.godwit.distribution.journal;

import dev.godwit.storage.journal.JournalContents;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.util.Objects;

/** A number that stands for all that a start is told of a journal: the same number, the same state. Used once. */
final class StateDigest implements ShardRecovery {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private long digest;

    private StateDigest() {}

    static long of(JournalContents contents) throws JournalOpenException {
        var digest = new StateDigest();
        contents.recover(shard -> {
            digest.add(shard);
            return digest;
        });
        return digest.digest;
    }

    private void add(long value) {
        digest = (Long.rotateLeft(digest, 7) ^ value) * MULTIPLIER;
    }

    @Override
    public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        add(index);
        add(queueId);
        add(attributes);
        add(expiryTimeMillis);
        add(deliveryCount);
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
        onMessage(index, queueId, attributes, expiryTimeMillis, deliveryCount);
        add(encodedBytes);
        add(partIndices.hashCode());
    }

    @Override
    public void onNotBefore(long index, long queueId, long notBeforeMillis) {
        add(notBeforeMillis);
    }

    @Override
    public void onRecord(long index, JournalRecord record) {
        add(index);
        if (record instanceof JournalRecord.DefinitionStored stored) {
            add(Objects.hash(stored.kind(), stored.key(), stored.body()));
        } else if (record instanceof JournalRecord.MessageAnnotated annotated) {
            add(Objects.hash(annotated.queueId(), annotated.messageIndex(), annotated.annotations()));
        } else if (record instanceof JournalRecord.QueueNoted noted) {
            add(Objects.hash(noted.queueId(), noted.note()));
        }
    }
}
