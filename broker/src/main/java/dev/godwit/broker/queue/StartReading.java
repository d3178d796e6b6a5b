package dev.godwit.broker.queue;

import dev.godwit.broker.queue.StoredDuplicates.Unwritten;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.util.ArrayDeque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out at a start which ids have come of which only their messages know, by reading these: few, since more are written
 * down. Until then the queue takes nothing in and gives nothing out. Owned by the queue's loop.
 */
final class DuplicateRecovery implements ReadListener {
    private static final Logger log = LoggerFactory.getLogger(DuplicateRecovery.class);
    private static final int READ_MAX = 64;

    private final String queueName;
    private final QueueLog journal;
    private final DuplicateDetection detection;
    private final Runnable done;
    private final ArrayDeque<QueueEntry> held = new ArrayDeque<>();
    private List<Unwritten> unwritten = List.of();
    private int asked;
    private int answered;

    /** @param done runs when all is known */
    DuplicateRecovery(String queueName, QueueLog journal, DuplicateDetection detection, Runnable done) {
        this.queueName = queueName;
        this.journal = journal;
        this.detection = detection;
        this.done = done;
    }

    /** Begins with what the journal held. */
    void begin(StoredDuplicates stored) {
        detection.restore(stored);
        if (detection.isOn()) {
            unwritten = stored.inOrder();
            readOn();
        }
    }

    /** What leaves the queue does not take along what is known by it: sees to that. False when that is not known yet. */
    boolean letsLeave() {
        if (isBusy()) {
            return false;
        }
        detection.write();
        return true;
    }

    boolean isBusy() {
        return answered < unwritten.size();
    }

    /** A message comes before it can be said whether it is new. */
    void hold(QueueEntry entry) {
        held.addLast(entry);
    }

    boolean isHolding() {
        return !held.isEmpty();
    }

    /** Those that came meanwhile, in order, which are the caller's from now on. */
    List<QueueEntry> takeHeld() {
        var all = List.copyOf(held);
        held.clear();
        return all;
    }

    private void readOn() {
        int count = Math.min(READ_MAX, unwritten.size() - asked);
        if (count > 0) {
            var indices = unwritten.subList(asked, asked + count).stream()
                    .mapToLong(Unwritten::readIndex)
                    .toArray();
            asked += count;
            journal.read(indices, count, this);
        }
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        detection.restore(unwritten.get(answered++).index(), record.body(), record.arrivalTimeMillis());
    }

    @Override
    public void onPart(long index, MessagePart record) {
        detection.restoreNow(unwritten.get(answered++).index(), record.body());
    }

    @Override
    public void onUnreadable(long index, String problem) {
        log.error("queue {}: message {} cannot be told from its duplicates: {}", queueName, index, problem);
        answered++;
    }

    @Override
    public void onEnd() {
        if (isBusy()) {
            readOn();
        } else {
            done.run();
        }
    }
}
