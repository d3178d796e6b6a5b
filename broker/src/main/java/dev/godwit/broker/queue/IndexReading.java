package dev.godwit.broker.queue;

import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out for a {@link LineIndex} what messages say of which it does not know that: looks at those in memory, reads the
 * others from the journal, and keeps nothing of them. A few at a time, one read after the other, so that it takes no turn for
 * long and leaves the disk to others. Owned by the queue's loop; rests when all is known.
 */
final class IndexReading implements ReadListener {
    private static final int MESSAGES_MAX = 256;
    private static final long BYTES_MAX = 512L << 10;

    private final QueueLog journal;
    private final EventLoop owner;
    private final List<FreshLine> lines;
    private final Runnable allKnown;
    private boolean busy;

    /** Null while all is known: a queue without an index has none. */
    private @Nullable Batch batch;

    /** The line whose messages are being read, and the index that is to know of them. */
    private @Nullable LineIndex asking;

    private int answered;

    /** What is read in one go. */
    private static final class Batch {
        final MessageReader reader = new MessageReader();
        final long[] sequences = new long[MESSAGES_MAX];
        final long[] indices = new long[MESSAGES_MAX];
    }

    /**
     * @param lines of its queue, as they come to be
     * @param allKnown runs when nothing is left to be found out
     */
    IndexReading(QueueLog journal, EventLoop owner, List<FreshLine> lines, Runnable allKnown) {
        this.allKnown = allKnown;
        this.journal = journal;
        this.owner = owner;
        this.lines = lines;
    }

    /** There is something that is not known. */
    void begin() {
        if (!busy) {
            busy = true;
            owner.execute(this::goOn);
        }
    }

    private void goOn() {
        for (var line : lines) {
            var index = line.index();
            if (index != null && index.unknown() > 0) {
                look(line, index);
                return;
            }
        }
        busy = false;
        batch = null;
        allKnown.run();
    }

    private void look(FreshLine line, LineIndex index) {
        Batch wanted = batch();
        int count = 0;
        long bytes = 0;
        int looks = 0;
        for (long next = index.nextUnknown(0);
                next < line.end() && looks < MESSAGES_MAX && bytes < BYTES_MAX;
                next = index.nextUnknown(next + 1)) {
            looks++;
            var entry = line.inMemory(next);
            var message = entry == null ? null : entry.message();
            if (message != null) {
                index.learn(next, message);
                continue;
            }
            var large = entry == null ? line.largeAt(next) : entry.large();
            wanted.sequences[count] = next;
            if (large == null) {
                long reference = entry == null ? line.reference(next) : Reference.GONE;
                wanted.indices[count] = entry == null ? Reference.index(reference) : entry.index();
                bytes += MessageAttributes.sizeBytesAtMost(Reference.attributes(reference));
            } else {
                long[] first = new long[1];
                new PartCursor(large).take(first);
                wanted.indices[count] = first[0];
                bytes += BYTES_MAX / 2;
            }
            count++;
        }
        if (count == 0) {
            busy = false;
            if (looks > 0) {
                begin();
            }
            return;
        }
        asking = index;
        answered = 0;
        journal.read(wanted.indices, count, this);
    }

    private Batch batch() {
        Batch known = batch;
        if (known == null) {
            known = new Batch();
            batch = known;
        }
        return known;
    }

    /** The place of the message that was just read; -1 when nobody wants to know any more. */
    private long nextAsked() {
        long sequence = batch().sequences[answered++];
        return asking != null && asking.line().index() == asking && asking.isUnknown(sequence) ? sequence : -1;
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        onRead(record.body(), record.arrivalTimeMillis(), false);
    }

    @Override
    public void onPart(long index, MessagePart record) {
        onRead(record.body(), Clock.SYSTEM.nowMillis(), true);
    }

    private void onRead(ByteBuffer body, long arrivalTimeMillis, boolean beginning) {
        long sequence = nextAsked();
        if (sequence < 0 || asking == null) {
            return;
        }
        Message message = null;
        try {
            message = beginning
                    ? batch().reader.readHeadAgain(body, arrivalTimeMillis)
                    : batch().reader.readAgain(body, arrivalTimeMillis);
        } catch (MalformedMessageException malformed) {
            if (!beginning) {
                asking.line().giveUp(sequence, String.valueOf(malformed.getMessage()));
            }
        }
        asking.learn(sequence, message);
    }

    @Override
    public void onUnreadable(long index, String problem) {
        long sequence = nextAsked();
        if (sequence < 0 || asking == null) {
            return;
        }
        if (asking.line().largeAt(sequence) == null) {
            asking.line().giveUp(sequence, problem);
        }
        asking.learn(sequence, null);
    }

    @Override
    public void onEnd() {
        asking = null;
        goOn();
    }
}
