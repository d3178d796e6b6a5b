package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.DuplicateId;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageKey;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.LargeMessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message too large to be held whole, while its parts are written to the journal. Owned by the queue's loop; lives until
 * the message is recorded, or given up.
 *
 * <p>A part is a record of its own that means nothing by itself: those whose message never comes are dropped at the next
 * start. Bytes are held here only while the journal is full; parts do not use the room that it keeps for removals. They are
 * not held for long: they may keep the sender's whole connection from being read, and with it what its consumers say, by
 * which the journal would get room. Then the message is given up, and whoever sends it hears, at its end, that it was refused.
 */
final class LargeArrival {
    /** For so long the journal may take nothing of what waits. Senders that hear of a full disk by their credit wait longer. */
    static final long REFUSED_MAX_MILLIS = 5_000;

    private static final Logger log = LoggerFactory.getLogger(LargeArrival.class);

    private static final int INDICES_MIN = 64;

    private final MessageQueue queue;
    private final long queueId;
    private final QueueLog journal;
    private final EventLoop owner;
    private final LongConsumer taken;
    private final long arrivalTimeMillis;
    private final long expiryTimeMillis;
    private final long notBeforeMillis;
    private final int priority;
    private final boolean grouped;
    private final @Nullable Numbering numbering;
    private @Nullable DuplicateId duplicateId;
    private @Nullable ErrorCondition objectionToId;
    private MessageKey.@Nullable Hash lastValueKey;
    private boolean begun;
    private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();
    private long[] indices = new long[INDICES_MIN];
    private int count;
    private long encodedBytes;
    private boolean retryScheduled;
    private EventLoop.@Nullable Timer patience;
    private boolean givenUp;

    /** Until its first part comes: what decides where it goes. */
    private @Nullable Message undecided;

    private EnqueueReply end = EnqueueReply.NOBODY;
    private @Nullable LargeMessageDoor elsewhere;

    /**
     * @param head what is known of the message
     * @param taken told of bytes that are on stable storage, or not wanted
     */
    LargeArrival(
            MessageQueue queue, long queueId, QueueLog journal, EventLoop owner, Message head, LongConsumer taken) {
        this.queue = queue;
        this.queueId = queueId;
        this.journal = journal;
        this.owner = owner;
        this.taken = taken;
        this.arrivalTimeMillis = head.arrivalTimeMillis();
        this.expiryTimeMillis = head.expiryTimeMillis();
        this.notBeforeMillis = head.notBeforeMillis();
        this.priority = head.priority();
        this.grouped = head.hasGroup();
        this.numbering = head.numbering();
    }

    @Nullable
    Numbering numbering() {
        return numbering;
    }

    long notBeforeMillis() {
        return notBeforeMillis;
    }

    long expiryTimeMillis() {
        return expiryTimeMillis;
    }

    long arrivalTimeMillis() {
        return arrivalTimeMillis;
    }

    /** Before its first part: a fork of the queue may send it on, and has this reply for its end. */
    void mayGoElsewhere(Message head, EnqueueReply itsEnd) {
        undecided = head;
        end = itsEnd;
    }

    private void decide(Message head) {
        undecided = null;
        elsewhere = queue.entrance().divert(head, taken, end);
        end = EnqueueReply.NOBODY;
    }

    /** All its parts have come. True when they went elsewhere, from where it is answered, too: nothing is left to do here. */
    boolean goElsewhere() {
        if (elsewhere == null) {
            return false;
        }
        elsewhere.end();
        return true;
    }

    void add(ByteBuffer part) {
        owner.assertCurrent();
        if (undecided != null) {
            decide(undecided);
        }
        if (elsewhere != null) {
            elsewhere.addPart(part);
            return;
        }
        if (givenUp) {
            taken.accept(part.remaining());
            return;
        }
        if (!begun) {
            begun = true;
            identify(part);
        }
        waiting.addLast(part);
        write();
    }

    /** All that stands before the body is in the first part, or at least what a message has before its application properties. */
    private void identify(ByteBuffer beginning) {
        lastValueKey = queue.lastValues().keyIn(beginning);
        if (queue.duplicates().looksAt(numbering)) {
            var ids = queue.duplicates().reader();
            var id = queue.duplicates().isOn() ? ids.read(beginning) : ids.readNumber(beginning);
            duplicateId = id == null ? null : id.in(numbering);
            objectionToId = ids.objection();
        }
    }

    /** Of the messages of this key only the newest is kept; null for none. */
    MessageKey.@Nullable Hash lastValueKey() {
        return lastValueKey;
    }

    /** By what the message is known when it comes again; null when it has nothing of that kind. */
    @Nullable
    DuplicateId duplicateId() {
        return duplicateId;
    }

    /** What is wrong with that; null when nothing is. */
    @Nullable
    ErrorCondition objectionToId() {
        return objectionToId;
    }

    /** Writes what waits, as far as the journal takes it; false when some is left, which is tried again soon. */
    boolean write() {
        while (!waiting.isEmpty()) {
            var part = waiting.getFirst();
            int bytes = part.remaining();
            try {
                add(journal.append(new MessagePart(queueId, part), new WrittenPart(bytes)));
            } catch (JournalFullException full) {
                retryLater();
                return false;
            }
            encodedBytes += bytes;
            waiting.removeFirst();
            stopWaiting();
        }
        return true;
    }

    /** What has come of it. */
    long bytes() {
        long bytes = encodedBytes;
        for (var part : waiting) {
            bytes += part.remaining();
        }
        return bytes;
    }

    /** True when this message will not be written: what comes of it is dropped. */
    boolean isGivenUp() {
        return givenUp;
    }

    private void stopWaiting() {
        if (patience != null) {
            patience.cancel();
            patience = null;
        }
    }

    private void onPatienceOver() {
        patience = null;
        log.debug(
                "queue {}: a large message is refused after {} bytes: the journal has taken nothing of it for {} ms",
                queue.name(),
                encodedBytes,
                REFUSED_MAX_MILLIS);
        giveUp();
    }

    private void add(long index) {
        if (count == indices.length) {
            indices = Arrays.copyOf(indices, 2 * count);
        }
        indices[count++] = index;
    }

    private void retryLater() {
        if (!retryScheduled) {
            retryScheduled = true;
            owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, () -> {
                retryScheduled = false;
                write();
            });
        }
        if (patience == null) {
            patience = owner.schedule(REFUSED_MAX_MILLIS, this::onPatienceOver);
        }
    }

    /** Where the message lies; to be asked when all is written. */
    LargeMessage message() {
        return new LargeMessage(
                MessageAttributes.of(priority, encodedBytes, grouped),
                encodedBytes,
                LongRanges.covering(indices, count));
    }

    /**
     * The record that joins the parts.
     *
     * @param latestMillis when its time to live ends at the latest
     * @param attributes what it is to say beside the message's own
     */
    LargeMessageEnqueued record(LargeMessage message, long latestMillis, int attributes) {
        return new LargeMessageEnqueued(
                queueId,
                arrivalTimeMillis,
                Math.min(expiryTimeMillis, latestMillis),
                message.attributes() | attributes,
                notBeforeMillis,
                message.encodedBytes(),
                message.partIndices());
    }

    /** The message will not come: what was written of it is removed. */
    void giveUp() {
        owner.assertCurrent();
        if (givenUp) {
            return;
        }
        givenUp = true;
        if (elsewhere != null) {
            elsewhere.giveUp();
            return;
        }
        stopWaiting();
        for (var part : waiting) {
            taken.accept(part.remaining());
        }
        waiting.clear();
        queue.removeParts(indices, count);
    }

    /** A part on its way to the disk. */
    private final class WrittenPart implements Parked {
        private final int bytes;

        WrittenPart(int bytes) {
            this.bytes = bytes;
        }

        @Override
        public void onCommitted() {
            taken.accept(bytes);
        }

        @Override
        public void onLost() {
            // Whoever waits for the whole message hears of it.
        }
    }
}
