package dev.godwit.broker.queue;

import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads at a start the messages of a queue of which it must know what they say before it goes on: those whose ids are not
 * written down, to know duplicates, or all, to know their keys. Until then the queue takes nothing in and gives nothing out.
 * Owned by the queue's loop.
 */
final class StartReading implements ReadListener {
    private static final Logger log = LoggerFactory.getLogger(StartReading.class);
    private static final int READ_MAX = 64;

    private final String queueName;
    private final QueueLog journal;
    private final DuplicateDetection duplicates;
    private final LastValues lastValues;
    private final Runnable done;
    private final ArrayDeque<QueueEntry> held = new ArrayDeque<>(1);
    private List<StoredMessages.Unread> unread = List.of();

    /** Which of them stood in the line then. */
    private final BitSet inLine = new BitSet(0);

    private int asked;
    private int answered;

    /** @param done runs when all is known */
    StartReading(
            String queueName, QueueLog journal, DuplicateDetection duplicates, LastValues lastValues, Runnable done) {
        this.queueName = queueName;
        this.journal = journal;
        this.duplicates = duplicates;
        this.lastValues = lastValues;
        this.done = done;
    }

    /** Finds out what has to be read. Before anybody takes over what the journal held. */
    void begin(StoredMessages stored) {
        duplicates.restore(stored.duplicates());
        unread = stored.unread(duplicates.hasToRead(), lastValues.isOn());
    }

    /** Reads it; when there is nothing to be read, does nothing. The queue has just taken over what the journal held. */
    void read() {
        for (int i = 0; i < unread.size(); i++) {
            long sequence = unread.get(i).sequence();
            inLine.set(i, sequence != DelayHeap.NO_SEQUENCE && lastValues.isInLine(sequence));
        }
        readOn();
    }

    private void readOn() {
        int count = Math.min(READ_MAX, unread.size() - asked);
        if (count > 0) {
            var indices = unread.subList(asked, asked + count).stream()
                    .mapToLong(StoredMessages.Unread::readIndex)
                    .toArray();
            asked += count;
            journal.read(indices, count, this);
        }
    }

    boolean isBusy() {
        return answered < unread.size();
    }

    /** Why nothing is given out; null when this is not the reason. */
    @Nullable
    Obstacle obstacle() {
        return isBusy()
                ? Obstacle.of(
                        WaitingReason.STARTING,
                        "the queue reads what it has to know of its messages: " + answered + " of " + unread.size()
                                + " so far")
                : null;
    }

    /** What leaves the queue does not take along what is known by it: sees to that. False when that is not known yet. */
    boolean letsLeave() {
        if (isBusy()) {
            return false;
        }
        duplicates.write();
        return true;
    }

    /** A message comes before it can be said what it means here. */
    void hold(QueueEntry entry) {
        held.addLast(entry);
    }

    boolean isHolding() {
        return !held.isEmpty();
    }

    /** How many came meanwhile. */
    int holding() {
        return held.size();
    }

    void forEachHeld(Consumer<QueueEntry> what) {
        held.forEach(what);
    }

    /** Those that came meanwhile, in order, which are the caller's from now on. */
    List<QueueEntry> takeHeld() {
        var all = List.copyOf(held);
        held.clear();
        return all;
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        onRead(record.body(), record.arrivalTimeMillis());
    }

    @Override
    public void onPart(long index, MessagePart record) {
        onRead(record.body(), duplicates.nowMillis());
    }

    private void onRead(ByteBuffer beginning, long arrivalTimeMillis) {
        var message = unread.get(answered++);
        if (message.mayRepeat()) {
            duplicates.restore(message, beginning, arrivalTimeMillis);
        }
        if (message.sequence() != DelayHeap.NO_SEQUENCE) {
            lastValues.restore(message.index(), message.sequence(), inLine.get(answered - 1), beginning);
        }
    }

    @Override
    public void onUnreadable(long index, String problem) {
        log.error("queue {}: nothing can be known of message {}: {}", queueName, index, problem);
        answered++;
    }

    @Override
    public void onEnd() {
        if (isBusy()) {
            readOn();
        } else {
            unread = List.of();
            inLine.clear();
            asked = 0;
            answered = 0;
            done.run();
        }
    }
}
