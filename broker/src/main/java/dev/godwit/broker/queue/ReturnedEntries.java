package dev.godwit.broker.queue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a {@link Lane} that came back from consumers, oldest first. They stand before all that were never given
 * out: those leave their line strictly in turn, so whatever came back is older. Owned by the queue's loop.
 */
final class ReturnedEntries {
    private static final int LOOKED_AT_MAX = 1_000;

    private final TreeMap<Long, QueueEntry> bySequence = new TreeMap<>();
    private final MessageMemory memory;
    private final Rereads rereads;

    /** @param listener hears of the messages that {@link #readFrom} asked for */
    ReturnedEntries(QueueLog journal, MessageMemory memory, Rereads.RereadListener listener) {
        this.memory = memory;
        this.rereads = new Rereads(journal, memory, listener);
    }

    /** Its message stays in memory if it is there and there is room. */
    void add(QueueEntry entry) {
        if (memory.isHotFull()) {
            entry.letMessageGo();
        }
        entry.count(memory, entry.presentBytes());
        bySequence.put(entry.sequence(), entry);
    }

    /** Oldest first; the caller removes what it takes. */
    Iterator<QueueEntry> iterator() {
        return bySequence.values().iterator();
    }

    private Iterator<QueueEntry> from(long sequence) {
        return sequence == 0
                ? iterator()
                : bySequence.tailMap(sequence).values().iterator();
    }

    /** It leaves by another door. */
    void remove(QueueEntry entry) {
        bySequence.remove(entry.sequence());
    }

    boolean isEmpty() {
        return bySequence.isEmpty();
    }

    /** The first from this place on; null when there is none. */
    @Nullable
    QueueEntry next(long sequence) {
        var next = bySequence.ceilingEntry(sequence);
        return next == null ? null : next.getValue();
    }

    /** The one at this place; null when there is none. */
    @Nullable
    QueueEntry at(long sequence) {
        return bySequence.isEmpty() ? null : bySequence.get(sequence);
    }

    boolean contains(QueueEntry entry) {
        return bySequence.get(entry.sequence()) == entry;
    }

    /** Somebody looked at it in vain: when memory is short, its message is not kept for the next one. */
    void onPassed(QueueEntry entry) {
        if (memory.isHotFull() && entry.isInJournal()) {
            entry.letMessageGo();
            entry.count(memory, entry.presentBytes());
        }
    }

    /**
     * True when one of them may be given to the consumer, at once or when it has been read; also when that is not known.
     *
     * @param place where the consumer has to begin to look
     */
    boolean mayHaveFor(QueueConsumer consumer, long place) {
        int looked = 0;
        for (var left = from(place); left.hasNext(); looked++) {
            if (looked == LOOKED_AT_MAX || left.next().isDeliverableTo(consumer)) {
                return true;
            }
        }
        return false;
    }

    /** Sees to it that the message of this entry, and those of the next ones, are read. */
    void readFrom(QueueEntry first) {
        if (rereads.isBusy()) {
            return;
        }
        var batch = new ArrayList<QueueEntry>();
        long bytes = 0;
        for (var entry : bySequence.tailMap(first.sequence()).values()) {
            if (!entry.isAtHand()) {
                batch.add(entry);
                bytes += entry.sizeBytes();
            }
            if (batch.size() == Rereads.MESSAGES_MAX || bytes >= Rereads.BYTES_MAX) {
                break;
            }
        }
        rereads.read(batch);
    }
}
