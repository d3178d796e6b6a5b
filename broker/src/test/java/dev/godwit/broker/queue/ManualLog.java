package dev.godwit.broker.queue;

import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayList;
import java.util.List;

/** A shard's log whose disk the test turns by hand. */
final class ManualLog implements QueueLog {
    final List<JournalRecord> records = new ArrayList<>();
    private final List<Parked> parked = new ArrayList<>();
    int lazyAppends;
    boolean full;
    private int committed;

    @Override
    public long append(JournalRecord record, Parked waiter) {
        if (full) {
            throw new JournalFullException(64, 64);
        }
        records.add(record);
        parked.add(waiter);
        return records.size();
    }

    @Override
    public long appendLazily(JournalRecord record, Parked waiter) {
        long index = append(record, waiter);
        lazyAppends++;
        return index;
    }

    /** The disk has all that was appended. Call on the loop. */
    void commitAll() {
        while (committed < parked.size()) {
            parked.get(committed++).onCommitted();
        }
    }

    /** The disk is gone. Call on the loop. */
    void loseAll() {
        while (committed < parked.size()) {
            parked.get(committed++).onLost();
        }
    }
}
