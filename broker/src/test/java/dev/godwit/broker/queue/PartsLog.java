package dev.godwit.broker.queue;

import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A shard's log for large messages, whose disk the test turns by hand; several queues may share it. */
final class PartsLog implements QueueLog {
    final List<JournalRecord> records = new ArrayList<>();
    final Set<Long> damaged = new HashSet<>();
    private final List<Parked> parked = new ArrayList<>();
    private final ArrayDeque<Runnable> reads = new ArrayDeque<>();
    int partsAsked;
    int partsMax = Integer.MAX_VALUE;
    private int committed;

    @Override
    public int shard() {
        return 1;
    }

    @Override
    public long append(JournalRecord record, Parked waiter) {
        if (record instanceof MessagePart && uncommittedParts() >= partsMax) {
            throw new JournalFullException(64, 64);
        }
        records.add(record);
        parked.add(waiter);
        return records.size();
    }

    private long uncommittedParts() {
        return records.subList(committed, records.size()).stream()
                .filter(MessagePart.class::isInstance)
                .count();
    }

    @Override
    public long appendLazily(JournalRecord record, Parked waiter) {
        return append(record, waiter);
    }

    @Override
    public void read(long[] indices, int count, ReadListener listener) {
        partsAsked += count;
        long[] asked = Arrays.copyOf(indices, count);
        reads.add(() -> answer(asked, listener));
    }

    private void answer(long[] indices, ReadListener listener) {
        for (long index : indices) {
            var record = records.get((int) index - 1);
            if (damaged.contains(index) || index > committed) {
                listener.onUnreadable(index, "bad checksum");
            } else if (record instanceof MessagePart part) {
                listener.onPart(index, part);
            } else {
                listener.onMessage(index, (JournalRecord.MessageEnqueued) record);
            }
        }
        listener.onEnd();
    }

    /** Call on the loop. */
    void commitAll() {
        while (committed < parked.size()) {
            parked.get(committed++).onCommitted();
        }
    }

    /** Answers the oldest read; false when there is none. Call on the loop. */
    boolean answerRead() {
        var next = reads.poll();
        if (next != null) {
            next.run();
        }
        return next != null;
    }

    <T extends JournalRecord> List<T> records(Class<T> kind) {
        return records.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
