package dev.godwit.broker.shard;

import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.MessageQueue;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the messages of one queue back at a start, a batch at a time. Owned by the shard's loop. */
final class QueueRestore implements ReadListener {
    private static final Logger log = LoggerFactory.getLogger(QueueRestore.class);
    private static final int BATCH = 1_000;

    private final MessageQueue queue;
    private final SortedMap<Long, Integer> deliveryCounts;
    private final ShardJournal journal;
    private final MessageReader reader = new MessageReader();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final long[] batch = new long[BATCH];
    private int restored;

    QueueRestore(MessageQueue queue, SortedMap<Long, Integer> deliveryCounts, ShardJournal journal) {
        this.queue = queue;
        this.deliveryCounts = deliveryCounts;
        this.journal = journal;
    }

    CompletableFuture<Void> start() {
        onEnd();
        return done;
    }

    @Override
    public void onMessage(long index, JournalRecord.MessageEnqueued record) {
        Integer deliveryCount = deliveryCounts.remove(index);
        queue.restore(
                index,
                reader.read(record.body(), record.arrivalTimeMillis()),
                deliveryCount == null ? 0 : deliveryCount);
        restored++;
    }

    @Override
    public void onPart(long index, JournalRecord.MessagePart record) {
        onUnreadable(index, "it is a part of a message");
    }

    @Override
    public void onUnreadable(long index, String problem) {
        log.error("queue {}: message {} cannot be read: {}", queue.name(), index, problem);
        deliveryCounts.remove(index);
    }

    @Override
    public void onEnd() {
        if (deliveryCounts.isEmpty()) {
            if (restored > 0) {
                log.info("queue {}: {} messages restored", queue.name(), restored);
            }
            done.complete(null);
            return;
        }
        int count = 0;
        for (long index : deliveryCounts.keySet()) {
            if (count == BATCH) {
                break;
            }
            batch[count++] = index;
        }
        journal.read(batch, count, this);
    }
}
