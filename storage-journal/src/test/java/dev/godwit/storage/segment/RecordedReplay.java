package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** What one shard was told at a start, in order, and the messages that were read afterwards. */
public final class RecordedReplay implements ShardRecovery {
    private final TreeMap<Long, JournalRecord> records = new TreeMap<>();
    private final TreeMap<Long, Integer> deliveryCounts = new TreeMap<>();
    private final TreeMap<Long, Long> notBefores = new TreeMap<>();
    private final TreeMap<Long, List<Long>> described = new TreeMap<>();
    private final TreeMap<Long, LongRanges> parts = new TreeMap<>();
    private final List<JournalRecord.MessageAnnotated> annotations = new ArrayList<>();
    private final TreeMap<UUID, JournalRecord.TransactionPrepared> prepared = new TreeMap<>();
    private final TreeSet<UUID> committed = new TreeSet<>();
    private final TreeSet<UUID> decided = new TreeSet<>();
    private final List<Long> order = new ArrayList<>();

    /** Transactions that stay prepared. */
    private final Set<UUID> inDoubt;

    public RecordedReplay() {
        this(Set.of());
    }

    RecordedReplay(Set<UUID> inDoubt) {
        this.inDoubt = inDoubt;
    }

    /** By index; messages once they have been read. */
    public Map<Long, JournalRecord> records() {
        return records;
    }

    /** Indices as they came, save those of notes. */
    public List<Long> order() {
        return order;
    }

    /** Transactions whose end is not recorded. */
    public Map<UUID, JournalRecord.TransactionPrepared> prepared() {
        return prepared;
    }

    /** Those of them that were decided elsewhere. */
    public Set<UUID> committed() {
        return committed;
    }

    /** Transactions that were decided here. */
    public Set<UUID> decided() {
        return decided;
    }

    /** Of messages that were delivered before, by index. */
    public Map<Long, Integer> deliveryCounts() {
        return deliveryCounts;
    }

    /** Of messages that are not to be given out before a time, by index. */
    public Map<Long, Long> notBefores() {
        return notBefores;
    }

    /** What messages were given later, in the order in which it was told. */
    public List<JournalRecord.MessageAnnotated> annotations() {
        return annotations;
    }

    /** Indices of messages and of parts of large ones. */
    public long[] toBeRead() {
        var indices = new ArrayList<Long>();
        described.keySet().forEach(index -> {
            LongRanges of = parts.get(index);
            if (of == null) {
                indices.add(index);
                return;
            }
            for (int range = 0; range < of.count(); range++) {
                for (long part = of.first(range); part <= of.last(range); part++) {
                    indices.add(part);
                }
            }
        });
        return indices.stream().mapToLong(Long::longValue).toArray();
    }

    /** A message that was read must be what it was said to be. */
    public void onRead(long index, JournalRecord record) {
        if (record instanceof JournalRecord.MessageEnqueued message
                && !List.of(message.queueId(), (long) message.attributes(), message.expiryTimeMillis())
                        .equals(described.get(index))) {
            throw new AssertionError("message " + index + " was said to be " + described.get(index));
        }
        records.put(index, record);
    }

    @Override
    public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        order.add(index);
        described.put(index, List.of(queueId, (long) attributes, expiryTimeMillis));
        if (deliveryCount > 0) {
            deliveryCounts.put(index, deliveryCount);
        }
    }

    @Override
    public void onNotBefore(long index, long queueId, long notBeforeMillis) {
        notBefores.put(index, notBeforeMillis);
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
        parts.put(index, partIndices);
        records.put(
                index,
                new JournalRecord.LargeMessageEnqueued(
                        queueId, 0, expiryTimeMillis, attributes, encodedBytes, partIndices));
    }

    @Override
    public void onRecord(long index, JournalRecord record) {
        if (record instanceof JournalRecord.MessageAnnotated annotated) {
            if (!described.isEmpty()) {
                throw new AssertionError("annotations come before messages: " + annotated);
            }
            annotations.add(annotated);
            return;
        }
        if (record instanceof JournalRecord.QueueNoted) {
            if (!described.isEmpty()) {
                throw new AssertionError("notes come before messages: " + record);
            }
            records.put(index, record);
            return;
        }
        order.add(index);
        records.put(index, record);
    }

    @Override
    public boolean onTransactionPrepared(long index, JournalRecord.TransactionPrepared record, boolean isCommitted) {
        prepared.put(record.transactionId(), record);
        if (isCommitted) {
            committed.add(record.transactionId());
        }
        return inDoubt.contains(record.transactionId());
    }

    @Override
    public void onTransactionDecided(long index, UUID transactionId) {
        decided.add(transactionId);
    }
}
