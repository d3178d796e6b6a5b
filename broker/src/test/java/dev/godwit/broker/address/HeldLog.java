package dev.godwit.broker.address;

import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A shard's log whose disk the test turns by hand. */
final class HeldLog implements QueueLog {
    final List<JournalRecord> records = new ArrayList<>();
    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    boolean full;
    private final int shard;
    private long lastIndex;

    HeldLog() {
        this(1);
    }

    HeldLog(int shard) {
        this.shard = shard;
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
        return ++lastIndex;
    }

    @Override
    public long appendLazily(JournalRecord record, Parked waiter) {
        return append(record, waiter);
    }

    @Override
    public void read(long[] indices, int count, ReadListener listener) {
        throw new AssertionError("everything is in memory");
    }

    boolean isWaiting() {
        return !parked.isEmpty();
    }

    /** Those into which parts of large messages were written. */
    List<Long> queuesWithParts() {
        return parts().map(MessagePart::queueId).distinct().toList();
    }

    /** All parts that were written into a queue, one after the other. */
    ByteBuffer partsOf(long queueId) {
        var mine = parts().filter(each -> each.queueId() == queueId).toList();
        var joined = ByteBuffer.allocate(
                mine.stream().mapToInt(each -> each.body().remaining()).sum());
        mine.forEach(each -> joined.put(each.body().duplicate()));
        return joined.flip();
    }

    private Stream<MessagePart> parts() {
        return records.stream().filter(MessagePart.class::isInstance).map(MessagePart.class::cast);
    }

    void commitNext() {
        parked.removeFirst().onCommitted();
    }

    void lose() {
        parked.forEach(Parked::onLost);
        parked.clear();
    }
}
