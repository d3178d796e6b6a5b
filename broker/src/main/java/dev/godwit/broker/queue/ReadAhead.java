package dev.godwit.broker.queue;

import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one {@link Cursor} reads from the journal of messages that are in line and not in memory: some at a time, beside
 * the windows in which the line reads for those who take its first message. The line keeps nothing of it. Owned by the
 * queue's loop.
 */
final class ReadAhead {
    private static final int FIRST_MESSAGES = 32;
    private static final int MESSAGES_MAX = 1_024;
    private static final long BYTES_MAX = 512L << 10;

    /** Stands for the beginning of a large message that cannot be read. */
    static final Message UNREADABLE = new MessageReader().empty();

    /** @param waitsSinceMillis since when it could have been given out; of the beginning of a large message 0 */
    private record Read(long sequence, Message message, long waitsSinceMillis) {}

    /** So far is looked for candidates to be read together. */
    private static final long CANDIDATES_WITHIN = 1 << 18;

    private final FreshLine line;
    private final LineSearch search;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final Runnable wake;
    private final int sharers;
    private final MessageReader reader = new MessageReader();
    private final ArrayDeque<Read> messages = new ArrayDeque<>(1);
    private int messagesMax = FIRST_MESSAGES;
    private @Nullable Batch reading;
    private @Nullable Read head;
    private long headBeingRead = -1;

    /**
     * @param wake posts a turn of the queue
     * @param sharers how many others there may be beside it in the line, and itself: it holds so much less
     */
    ReadAhead(FreshLine line, LineSearch search, QueueLog journal, MessageMemory memory, Runnable wake, int sharers) {
        this.sharers = sharers;
        this.line = line;
        this.search = search;
        this.journal = journal;
        this.memory = memory;
        this.wake = wake;
    }

    /** A message that is in line and not in memory; null, and it is being read, when it is not here either. */
    @Nullable
    Message message(long sequence) {
        var first = messages.peekFirst();
        if (first != null && first.sequence == sequence) {
            return first.message;
        }
        if (reading == null && !line.isBeingRead(sequence)) {
            read(sequence);
        }
        return null;
    }

    /** Since when a message that {@link #message} has given could have been given out. */
    long waitsSinceMillis(long sequence) {
        var first = messages.peekFirst();
        if (first == null || first.sequence != sequence) {
            throw new IllegalArgumentException("message " + sequence + " was not read");
        }
        return first.waitsSinceMillis;
    }

    /** The cursor is there: what lies before is of no use any more. */
    void dropBefore(long sequence) {
        for (var first = messages.peekFirst();
                first != null && first.sequence < sequence;
                first = messages.peekFirst()) {
            messages.removeFirst();
            memory.add(-first.message.sizeBytes());
        }
    }

    private void read(long from) {
        var sequences = new long[Math.max(FIRST_MESSAGES, messagesMax / (sharers * line.sharers()))];
        var indices = new long[sequences.length];
        int count = 0;
        long bytes = 0;
        // Its owner reads in each line of the queue, and holds no more for that.
        long bytesMax = BYTES_MAX / ((long) sharers * line.sharers());
        long end = Math.min(search.end(), from + CANDIDATES_WITHIN);
        for (long next = from;
                next < end && count < sequences.length && bytes < bytesMax;
                next = search.next(next + 1, end)) {
            if (line.inMemory(next) != null || line.largeAt(next) != null) {
                break;
            }
            long reference = line.reference(next);
            sequences[count] = next;
            indices[count++] = Reference.index(reference);
            bytes += MessageAttributes.sizeBytesAtMost(Reference.attributes(reference));
        }
        reading = new Batch(Arrays.copyOf(sequences, count));
        messagesMax = Math.min(MESSAGES_MAX, 2 * messagesMax);
        journal.read(indices, count, reading);
    }

    /** The beginning of a large message, or {@link #UNREADABLE}; null, and it is being read, when it is not here. */
    @Nullable
    Message head(long sequence, LargeMessage large) {
        if (head != null && head.sequence == sequence) {
            return head.message;
        }
        if (headBeingRead != sequence) {
            headBeingRead = sequence;
            var first = new long[1];
            int count = new PartCursor(large).take(first);
            journal.read(first, count, new HeadReading(sequence));
        }
        return null;
    }

    /** Gives back the memory. What is on its way is dropped when it comes. */
    void letGo() {
        dropBefore(Long.MAX_VALUE);
        reading = null;
        head = null;
        headBeingRead = -1;
        messagesMax = FIRST_MESSAGES;
    }

    /** Messages on their way from the disk. */
    private final class Batch implements ReadListener {
        private final long[] sequences;
        private int answered;

        Batch(long[] sequences) {
            this.sequences = sequences;
        }

        private boolean isWanted() {
            return reading == this;
        }

        @Override
        public void onMessage(long index, MessageEnqueued record) {
            long sequence = sequences[answered++];
            if (!isWanted() || !line.contains(sequence)) {
                return;
            }
            try {
                var message = reader.readAgain(record.body(), record.arrivalTimeMillis(), record.expiryTimeMillis());
                long waitsSinceMillis = Math.max(record.arrivalTimeMillis(), record.notBeforeMillis());
                messages.addLast(new Read(sequence, message, waitsSinceMillis));
                memory.add(message.sizeBytes());
            } catch (MalformedMessageException malformed) {
                line.giveUp(sequence, String.valueOf(malformed.getMessage()));
            }
        }

        @Override
        public void onPart(long index, MessagePart record) {
            onUnreadable(index, "it is a part of a large message");
        }

        @Override
        public void onUnreadable(long index, String problem) {
            long sequence = sequences[answered++];
            if (isWanted()) {
                line.giveUp(sequence, problem);
            }
        }

        @Override
        public void onEnd() {
            if (isWanted()) {
                reading = null;
                wake.run();
            }
        }
    }

    /** The first part of a large message on its way from the disk. No filter wants what cannot be read. */
    private final class HeadReading implements ReadListener {
        private final long sequence;

        HeadReading(long sequence) {
            this.sequence = sequence;
        }

        @Override
        public void onMessage(long index, MessageEnqueued record) {
            onUnreadable(index, "it is no part of a large message");
        }

        @Override
        public void onPart(long index, MessagePart record) {
            try {
                var message = reader.readHeadAgain(record.body(), Clock.SYSTEM.nowMillis());
                become(message == null ? UNREADABLE : message);
            } catch (MalformedMessageException malformed) {
                become(UNREADABLE);
            }
        }

        @Override
        public void onUnreadable(long index, String problem) {
            become(UNREADABLE);
        }

        private void become(Message message) {
            if (headBeingRead == sequence) {
                head = new Read(sequence, message, 0);
                headBeingRead = -1;
            }
        }

        @Override
        public void onEnd() {
            wake.run();
        }
    }
}
