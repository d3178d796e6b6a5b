package dev.godwit.broker.queue;

import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePosted;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** A shard's log whose disk the test turns by hand. */
final class ManualLog implements QueueLog {
    final List<JournalRecord> records = new ArrayList<>();
    final Set<Long> damaged = new HashSet<>();
    private final Map<Long, MessageEnqueued> stored = new HashMap<>();
    private final Map<Long, QueueNoted> notes = new TreeMap<>();

    /** When messages that came back may be given out again, by index. */
    private final Map<Long, Long> notBefore = new HashMap<>();

    /** Indices of what was posted in transactions that are not committed. */
    private final Set<Long> hanging = new HashSet<>();

    private final List<Parked> parked = new ArrayList<>();
    private final ArrayDeque<Read> reads = new ArrayDeque<>();
    int lazyAppends;
    int shard = 1;
    int messagesRead;
    boolean full;
    boolean mayDeliver = true;
    private int committed;

    /** How many records there were before those here. */
    private final long before;

    ManualLog() {
        this(0);
    }

    private ManualLog(long before) {
        this.before = before;
    }

    /** The log after a crash: what was committed and not removed is there, nobody waits for anything. */
    ManualLog restarted() {
        var after = new ManualLog(before + records.size());
        after.stored.putAll(stored);
        after.stored.keySet().removeAll(hanging);
        after.notes.putAll(notes);
        after.notBefore.putAll(notBefore);
        after.damaged.addAll(damaged);
        return after;
    }

    /** Messages that were committed and not removed, by index. */
    Map<Long, MessageEnqueued> storedMessages() {
        return new TreeMap<>(stored);
    }

    /** Whether a consumer has laid the message of this index aside. */
    boolean isDeferred(long index) {
        return Long.valueOf(DeliveryTime.DEFERRED).equals(notBefore.get(index));
    }

    /** What queues wrote down, by index. */
    Map<Long, QueueNoted> notes() {
        return notes;
    }

    @Override
    public boolean mayDeliver() {
        return mayDeliver;
    }

    @Override
    public int shard() {
        return shard;
    }

    @Override
    public long append(JournalRecord record, Parked waiter) {
        if (full) {
            throw new JournalFullException(64, 64);
        }
        records.add(record);
        parked.add(waiter);
        return before + records.size();
    }

    @Override
    public long appendLazily(JournalRecord record, Parked waiter) {
        long index = append(record, waiter);
        lazyAppends++;
        return index;
    }

    @Override
    public void read(long[] indices, int count, ReadListener listener) {
        reads.add(new Read(Arrays.stream(indices, 0, count).boxed().toList(), listener));
    }

    /** What the log held before the broker started. */
    void store(long index, MessageEnqueued record) {
        stored.put(index, record);
    }

    /** The disk has all that was appended. Call on the loop. */
    void commitAll() {
        while (committed < parked.size()) {
            commitNext();
        }
    }

    /** The disk has one more record. Call on the loop. */
    boolean commitNext() {
        if (committed == parked.size()) {
            return false;
        }
        long index = before + committed + 1;
        var record = records.get(committed);
        if (record instanceof MessageReturned returned) {
            notBefore.put(returned.messageIndex(), returned.notBeforeMillis());
        }
        if (record instanceof MessageEnqueued message) {
            stored.put(index, message);
        } else if (record instanceof MessagePosted posted) {
            stored.put(index, posted.message());
            hanging.add(index);
        } else if (record instanceof MessagesRemoved removal) {
            forEach(removal.indexRanges(), this::remove);
        } else if (record instanceof TransactionCommitted commit) {
            forEach(commit.posted(), hanging::remove);
            forEach(commit.removed(), this::remove);
        } else if (record instanceof QueueNoted note) {
            notes.put(index, note);
        }
        parked.get(committed++).onCommitted();
        return true;
    }

    private void remove(long index) {
        stored.remove(index);
        notes.remove(index);
    }

    private static void forEach(LongRanges ranges, LongConsumer what) {
        for (int range = 0; range < ranges.count(); range++) {
            for (long index = ranges.first(range); index <= ranges.last(range); index++) {
                what.accept(index);
            }
        }
    }

    /** The disk is gone. Call on the loop. */
    void loseAll() {
        while (committed < parked.size()) {
            parked.get(committed++).onLost();
        }
    }

    /** Reads that wait for an answer. */
    int readsWaiting() {
        return reads.size();
    }

    /** Indices that the oldest read asked for. */
    List<Long> nextRead() {
        return reads.getFirst().indices;
    }

    /** Answers all reads that wait. Call on the loop. */
    void answerReads() {
        while (!reads.isEmpty()) {
            answerRead(0);
        }
    }

    /** Answers one read. Call on the loop. */
    void answerRead(int place) {
        var all = new ArrayList<>(reads);
        var read = all.remove(place);
        reads.clear();
        reads.addAll(all);
        for (long index : read.indices) {
            var record = stored.get(index);
            if (record == null || damaged.contains(index)) {
                read.listener.onUnreadable(index, record == null ? "there is no such record" : "bad checksum");
            } else {
                messagesRead++;
                read.listener.onMessage(index, record);
            }
        }
        read.listener.onEnd();
    }

    /** Messages that were committed and not removed. */
    Set<Long> live() {
        return stored.keySet();
    }

    private record Read(List<Long> indices, ReadListener listener) {}
}
