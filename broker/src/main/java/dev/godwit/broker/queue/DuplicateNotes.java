package dev.godwit.broker.queue;

import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.queue.ProducerSequences.Producer;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes down in the journal by what messages are known that have come, so that it outlives them: see
 * docs/adr/0009-duplicates.md. Owned by the queue's loop.
 *
 * <p>The id of a message stands in its own record, and is written down here before that record may go. What is written in
 * small pieces is written again in larger ones, so that the notes of a queue stay few: each id as often as its piece doubles.
 */
final class DuplicateNotes {
    /** So many that are not written down are too many. */
    static final int UNWRITTEN_MAX = 512;

    /** Notes of more ids than this stay as they are. */
    private static final int MERGED_MAX = 512;

    /** So many notes may be kept for the sake of a producer of which nothing has come for long. */
    private static final int HELD_MAX = 16;

    /** A note says no more than this: what is more goes into several. */
    static final int NOTE_MAX = 2 * UNWRITTEN_MAX;

    /** A note in the journal. Of positions: those of its ids, as far as they are remembered. */
    static final class Note {
        final long index;
        private final long firstPosition;
        private final long lastPosition;
        private final int size;

        /** Those that may stand in no later one. */
        private final List<Producer> producers;

        Note(long index, long firstPosition, long lastPosition, int size, List<Producer> producers) {
            this.index = index;
            this.firstPosition = firstPosition;
            this.lastPosition = lastPosition;
            this.size = size;
            this.producers = producers.stream()
                    .filter(each -> !each.isForgotten)
                    .collect(Collectors.toCollection(ArrayList::new));
            this.producers.forEach(each -> {
                each.note = this;
                each.isDirty = false;
            });
        }

        private boolean holdsProducers() {
            producers.removeIf(each -> each.note != this);
            return !producers.isEmpty();
        }
    }

    /** The {@code firstPosition} of a note that is not to be written again. */
    private static final long AS_IT_IS = -1;

    private final long queueId;
    private final QueueLog journal;
    private final Removals removals;
    private final RememberedIds ids;
    private final ArrayDeque<Note> notes = new ArrayDeque<>(1);
    private final List<Producer> dirty = new ArrayList<>();

    /** Of the notes that say whose numbers come; the last of them says whose came last. */
    private final ArrayDeque<Long> numberings = new ArrayDeque<>(1);

    private @Nullable Numbering lastNumbering;

    /** All ids before this position are written down. */
    private long writtenTo;

    /** Messages that came since all was written down, and the lowest of their indices. */
    private int unwritten;

    private long firstUnwritten = Long.MAX_VALUE;

    DuplicateNotes(long queueId, QueueLog journal, Removals removals, RememberedIds ids) {
        this.queueId = queueId;
        this.journal = journal;
        this.removals = removals;
        this.ids = ids;
    }

    /** A message in the journal has an id or a number, which is remembered now. */
    void onRemembered(long index) {
        unwritten++;
        firstUnwritten = Math.min(firstUnwritten, index);
    }

    /** A number of the producer has come. */
    void onChanged(Producer producer) {
        if (!producer.isDirty && !producer.isForgotten) {
            producer.isDirty = true;
            dirty.add(producer);
        }
    }

    boolean isTooMuchUnwritten() {
        return unwritten >= UNWRITTEN_MAX;
    }

    /**
     * Before the first message of all: a start looks through no messages from before that.
     *
     * @throws JournalFullException when the journal does not take it for now
     */
    void begin() {
        if (notes.isEmpty()) {
            append(new DuplicateNoteCodec(DuplicateNoteCodec.ITSELF), ids.end(), ids.end(), List.of());
        }
    }

    /**
     * Before a message with a number: a start reads from the message whose producer's it is, but not whose producer that was.
     *
     * @throws JournalFullException when the journal does not take it for now
     */
    void beforeNumberOf(@Nullable Numbering numbering) {
        if (!Objects.equals(numbering, lastNumbering)) {
            var body = NumberingNoteCodec.encode(numbering);
            numberings.addLast(journal.appendLazily(new QueueNoted(queueId, body), Parked.NOTHING));
            lastNumbering = numbering;
        }
    }

    /** Those that the journal held when the broker started. */
    void restoreNumberings(SortedMap<Long, Optional<Numbering>> stored) {
        stored.forEach((index, numbering) -> {
            numberings.addLast(index);
            lastNumbering = numbering.orElse(null);
        });
    }

    /** All numbers that have come are written down with whose they are. */
    private void dropNumberings() {
        while (numberings.size() > 1) {
            removals.add(numberings.removeFirst());
        }
    }

    /**
     * Writes down what has not been.
     *
     * @param firstHanging index of the first message that hangs on a transaction; {@link DuplicateNoteCodec#ITSELF} for none
     * @throws JournalFullException when the journal does not take it for now
     */
    void write(long firstHanging) {
        dirty.removeIf(each -> each.isForgotten);
        if (dirty.isEmpty() && recorded(unwrittenPosition(), ids.end()) == 0) {
            onAllWritten();
            return;
        }
        relieveOldest();
        writePieces(firstHanging);
        long from = unwrittenPosition();
        int size = recorded(from, ids.end()) + dirty.size();
        var merged = new ArrayList<Note>();
        for (Iterator<Note> newest = notes.descendingIterator(); newest.hasNext(); ) {
            var before = newest.next();
            if (before.firstPosition == AS_IT_IS || before.size > size || before.size + size > MERGED_MAX) {
                break;
            }
            from = Math.min(from, Math.max(before.firstPosition, ids.begin()));
            size += before.size;
            merged.add(before);
            before.producers.stream().filter(each -> each.note == before).forEach(this::onChanged);
        }
        append(new DuplicateNoteCodec(firstHanging), from, ids.end(), dirty);
        dirty.clear();
        onAllWritten();
        if (firstHanging == DuplicateNoteCodec.ITSELF) {
            dropNumberings();
        }
        for (var each : merged) {
            notes.remove(each);
            removals.add(each.index);
        }
        dropForgotten();
    }

    private void onAllWritten() {
        writtenTo = ids.end();
        unwritten = 0;
        firstUnwritten = Long.MAX_VALUE;
    }

    private long unwrittenPosition() {
        return Math.max(writtenTo, ids.begin());
    }

    private int recorded(long from, long to) {
        int count = 0;
        for (long position = from; position < to; position++) {
            count += ids.index(position) == QueueEntry.NOT_IN_JOURNAL ? 0 : 1;
        }
        return count;
    }

    /**
     * Leaves no more to be written down than one note may hold. It is seldom more: after a start, or when the journal was
     * full for long. A start goes by the newest note: those before the last say that not all is written down.
     */
    private void writePieces(long firstHanging) {
        int left = recorded(unwrittenPosition(), ids.end()) + dirty.size();
        long first =
                firstHanging == DuplicateNoteCodec.ITSELF ? firstUnwritten : Math.min(firstHanging, firstUnwritten);
        while (left > NOTE_MAX) {
            long from = unwrittenPosition();
            long to = from;
            int count = 0;
            for (; to < ids.end() && count < NOTE_MAX; to++) {
                count += recorded(to, to + 1);
            }
            var some = dirty.subList(0, Math.min(dirty.size(), NOTE_MAX - count));
            append(new DuplicateNoteCodec(first), from, to, some);
            left -= count + some.size();
            some.clear();
        }
    }

    /** What keeps the oldest from going comes into the next one. */
    private void relieveOldest() {
        var oldest = notes.peekFirst();
        if (oldest != null && notes.size() > HELD_MAX && oldest.lastPosition < ids.begin() && oldest.holdsProducers()) {
            oldest.producers.forEach(this::onChanged);
        }
    }

    private void append(DuplicateNoteCodec note, long from, long to, List<Producer> producers) {
        int count = recorded(from, to);
        var body = note.encode(ids, from, to, count, producers);
        long index = journal.appendLazily(new QueueNoted(queueId, body), Parked.NOTHING);
        notes.addLast(new Note(index, from, to - 1, count + producers.size(), producers));
        writtenTo = to;
    }

    /** Removes those of which nothing is remembered any more; the newest stays, which says what is written down. */
    boolean dropForgotten() {
        boolean dropped = false;
        while (notes.size() > 1) {
            var oldest = notes.getFirst();
            if (oldest.lastPosition >= ids.begin() || oldest.holdsProducers()) {
                break;
            }
            removals.add(notes.removeFirst().index);
            dropped = true;
        }
        return dropped;
    }

    /** A note that the journal held when the broker started; in the order in which they were written. */
    void restore(long index, long lastPosition, int size, List<Producer> producers) {
        notes.addLast(new Note(index, AS_IT_IS, lastPosition, size, producers));
        writtenTo = ids.end();
    }

    /** Nothing is to be remembered any more. */
    void clear() {
        notes.forEach(each -> removals.add(each.index));
        notes.clear();
        numberings.forEach(removals::add);
        numberings.clear();
        lastNumbering = null;
        dirty.clear();
        onAllWritten();
    }

    /** Those that the journal held when the broker started, when nothing is to be remembered. */
    void remove(List<Long> stored) {
        stored.forEach(removals::add);
    }

    int count() {
        return notes.size();
    }
}
