package dev.godwit.broker.queue;

import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a queue's line whose messages are being read from the journal. It is filled as answers come, and emptied
 * from its beginning in the order of the line. Owned by the queue's loop; ends when it is empty, or with its line.
 */
final class ReadWindow implements ReadListener {
    private final FreshLine line;
    private final long firstSequence;
    private final int size;
    private final long[] references;
    private final @Nullable QueueEntry[] entries;

    /** Which places were asked for, in the order of asking. */
    private final int[] asked;

    private int askedCount;
    private int answered;
    private int handedOver;
    private boolean cancelled;

    ReadWindow(FreshLine line, long firstSequence, int size) {
        this.line = line;
        this.firstSequence = firstSequence;
        this.size = size;
        this.references = new long[size];
        this.entries = new QueueEntry[size];
        this.asked = new int[size];
    }

    /** A message that is in memory already, or has left; in the order of the line. */
    void put(int place, long reference, @Nullable QueueEntry entry) {
        references[place] = reference;
        entries[place] = entry;
    }

    /** A message to be read. */
    void ask(int place, long reference) {
        references[place] = reference;
        asked[askedCount++] = place;
    }

    /** Begins to read, after the last place was put or asked for. */
    void start(QueueLog journal) {
        if (askedCount == 0) {
            return;
        }
        var indices = new long[askedCount];
        for (int i = 0; i < askedCount; i++) {
            indices[i] = Reference.index(references[asked[i]]);
        }
        journal.read(indices, askedCount, this);
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        int place = nextAnswered(index);
        if (!cancelled && references[place] != Reference.GONE) {
            var entry = line.readBack(firstSequence + place, references[place], record);
            entries[place] = entry;
            if (entry == null) {
                references[place] = Reference.GONE;
            }
        }
        line.onProgress();
    }

    @Override
    public void onPart(long index, MessagePart record) {
        onUnreadable(index, "it is a part of a large message");
    }

    @Override
    public void onUnreadable(long index, String problem) {
        int place = nextAnswered(index);
        if (!cancelled && references[place] != Reference.GONE) {
            long reference = references[place];
            references[place] = Reference.GONE;
            line.onUnreadable(firstSequence + place, reference, problem);
        }
        line.onProgress();
    }

    private int nextAnswered(long index) {
        if (answered == askedCount) {
            throw new IllegalStateException("message " + index + " was read, but not asked for");
        }
        int place = asked[answered++];
        long expected = Reference.index(references[place]);
        if (references[place] != Reference.GONE && expected != index) {
            throw new IllegalStateException("message " + index + " was read where " + expected + " was asked for");
        }
        return place;
    }

    @Override
    public void onEnd() {
        if (!cancelled && answered < askedCount) {
            throw new IllegalStateException("storage answered " + answered + " of " + askedCount + " reads");
        }
        line.onReadEnd();
    }

    /** Moves what is known by now to the row, up to the first place that was not answered. */
    void handOver(HotEntries row) {
        int end = answered < askedCount ? asked[answered] : size;
        while (handedOver < end) {
            row.addLast(firstSequence + handedOver, entries[handedOver]);
            entries[handedOver] = null;
            handedOver++;
        }
    }

    boolean isEmpty() {
        return handedOver == size;
    }

    /** True while answers are to come. */
    boolean isReading() {
        return answered < askedCount;
    }

    boolean contains(long sequence) {
        return sequence >= firstSequence + handedOver && sequence < firstSequence + size;
    }

    /** Null when it is not read yet; see {@link #reference}. */
    @Nullable
    QueueEntry entry(long sequence) {
        return entries[(int) (sequence - firstSequence)];
    }

    long reference(long sequence) {
        return references[(int) (sequence - firstSequence)];
    }

    /** The message leaves by another door. */
    void remove(long sequence) {
        int place = (int) (sequence - firstSequence);
        references[place] = Reference.GONE;
        entries[place] = null;
    }

    /** The first from this place on that has not left; {@link #end} when there is none. */
    long nextPresent(long sequence) {
        for (long next = Math.max(sequence, firstWaiting()); next < end(); next++) {
            if (references[(int) (next - firstSequence)] != Reference.GONE) {
                return next;
            }
        }
        return end();
    }

    /** Where the part begins that was not handed over. */
    long firstWaiting() {
        return firstSequence + handedOver;
    }

    long end() {
        return firstSequence + size;
    }

    /** Nobody wants the answers any more. */
    void cancel() {
        cancelled = true;
    }
}
