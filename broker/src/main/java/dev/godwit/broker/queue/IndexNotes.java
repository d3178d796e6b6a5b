package dev.godwit.broker.queue;

import dev.godwit.broker.filter.CodeBlock;
import dev.godwit.broker.filter.IndexedProperties;
import dev.godwit.broker.queue.LineIndex.Piece;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes down in the journal what is known of the messages in long lines, so that a start need not read them: a note for each
 * piece of a {@link LineIndex} behind which there are others, and then one for several of these. Short lines, and what is consumed before long, are in no note; what is in
 * none is read. So a note may come late or be lost, and says nothing that is not true as long as its messages are there. Owned
 * by the queue's loop; lives as long as the queue. See docs/adr/0010-selector-index.md.
 */
final class IndexNotes {
    /** Pieces at the end of a line that are not written down: they may be gone before long. */
    private static final int NEWEST = 1;

    /** Notes that are written in one turn. */
    private static final int WRITTEN_MAX = 8;

    /** A note of which a smaller part is still there is written anew at a start, with others. */
    private static final int SPARSE_PART = 4;

    /** A note in the journal, as long as some piece hangs on it. */
    static final class Note {
        private final long index;
        private int pieces;

        private Note(long index) {
            this.index = index;
        }
    }

    private record Full(LineIndex index, Piece piece) {}

    private final QueueName queue;
    private final QueueLog journal;
    private final EventLoop owner;
    private final Removals removals;
    private final Runnable wake;
    private final ArrayDeque<Full> unwritten = new ArrayDeque<>(1);
    private boolean posted;
    private int notes;

    /** @param wake posts a turn of the queue, in which removals are written */
    IndexNotes(QueueName queue, QueueLog journal, EventLoop owner, Removals removals, Runnable wake) {
        this.queue = queue;
        this.journal = journal;
        this.owner = owner;
        this.removals = removals;
        this.wake = wake;
    }

    /** Nothing more comes to a piece. */
    void onFull(LineIndex index, Piece full) {
        if (queue.isDurable()) {
            unwritten.addLast(new Full(index, full));
            post();
        }
    }

    /** All of a piece has left, or stands elsewhere. */
    void onEmpty(Piece empty) {
        for (var note : empty.notes) {
            if (--note.pieces == 0) {
                notes--;
                removals.add(note.index);
                wake.run();
            }
        }
        empty.notes = List.of();
    }

    /** Writes on when there is something to be written: more may be known than before. */
    void post() {
        if (!posted && unwritten.size() > NEWEST) {
            posted = true;
            owner.execute(this::write);
        }
    }

    private void write() {
        posted = false;
        for (int written = 0; written < WRITTEN_MAX && unwritten.size() > NEWEST; ) {
            var next = unwritten.getFirst();
            var piece = next.piece;
            if (isToBeWritten(next)) {
                if (piece.unknown > 0) {
                    // When that has been read there is another turn.
                    return;
                }
                try {
                    write(next.index, piece);
                } catch (JournalFullException full) {
                    owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, this::post);
                    return;
                }
                written++;
            }
            unwritten.removeFirst();
        }
        post();
    }

    private static boolean isToBeWritten(Full next) {
        return next.index.line().index() == next.index && next.piece.present > 0 && next.piece.notes.isEmpty();
    }

    private void write(LineIndex index, Piece piece) {
        write(index, List.of(piece));
        if (piece.notes.isEmpty()) {
            return;
        }
        index.noted.add(piece);
        if (index.noted.size() == IndexNoteCodec.BLOCKS_MAX) {
            join(index, List.copyOf(index.noted));
            index.noted.clear();
        }
    }

    /** Writes in one note what stands in several: a start reads fewer then. */
    private void join(LineIndex index, List<Piece> noted) {
        var left = noted.stream().filter(piece -> piece.present > 0).toList();
        try {
            write(index, left);
        } catch (JournalFullException full) {
            // It stands in those that there are.
        }
    }

    /** Writes a note in place of those in which the pieces stand. */
    private void write(LineIndex index, List<Piece> pieces) {
        var line = index.line();
        var keys = new long[pieces.size() * CodeBlock.LENGTH];
        int count = 0;
        for (int i = 0; i < pieces.size(); i++) {
            long first = pieces.get(i).firstSequence;
            long end = first + CodeBlock.LENGTH;
            for (long next = line.next(first); next < end; next = line.next(next + 1)) {
                var entry = line.inMemory(next);
                long of = entry == null ? Reference.index(line.reference(next)) : entry.index();
                if (of != QueueEntry.NOT_IN_JOURNAL) {
                    keys[count++] = IndexNoteCodec.key(of, i, (int) (next - first));
                }
            }
        }
        if (count == 0) {
            return;
        }
        Arrays.sort(keys, 0, count);
        int lane = Lane.numberIn(pieces.get(0).firstSequence);
        var blocks = pieces.stream().map(piece -> piece.codes).toList();
        var body = IndexNoteCodec.encode(lane, index.properties().names(), blocks, keys, count);
        var note = new Note(journal.appendLazily(new QueueNoted(queue.queueId(), body), Parked.NOTHING));
        notes++;
        for (var piece : pieces) {
            onEmpty(piece);
            tie(piece, note);
        }
    }

    private static void tie(Piece piece, Note note) {
        note.pieces++;
        if (piece.notes.isEmpty()) {
            piece.notes = List.of(note);
        } else {
            var more = new ArrayList<>(piece.notes);
            more.add(note);
            piece.notes = more;
        }
    }

    /**
     * What the journal held when the broker started, of the same names or others; the lines have taken over the messages.
     *
     * @param properties null when no names are set
     * @param lanes the index of each lane; null where there is none
     */
    void restore(
            List<IndexNoteCodec.Decoded> stored, @Nullable IndexedProperties properties, @Nullable LineIndex[] lanes) {
        for (var each : stored) {
            var index = lanes[each.lane()];
            var note = new Note(each.index());
            if (properties != null && index != null && each.names().equals(properties.names())) {
                restore(each, index, note);
            }
            if (note.pieces == 0) {
                removals.add(note.index);
                wake.run();
            } else {
                notes++;
            }
        }
        for (var index : lanes) {
            if (index != null) {
                index.forEachPiece(this::relieveIfIncomplete);
            }
        }
        post();
    }

    private void restore(IndexNoteCodec.Decoded stored, LineIndex index, Note note) {
        var found = new ArrayList<Piece>();
        int live = index.restore(stored, piece -> {
            if (found.isEmpty() || found.get(found.size() - 1) != piece) {
                found.add(piece);
            }
        });
        if (live * SPARSE_PART >= stored.size()) {
            found.forEach(piece -> tie(piece, note));
        }
    }

    /** What is not written down whole is written down anew. */
    private void relieveIfIncomplete(Piece piece) {
        if (piece.unknown > 0) {
            onEmpty(piece);
        }
    }

    /** Notes in the journal. */
    int count() {
        return notes;
    }
}
