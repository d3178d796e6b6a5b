package dev.godwit.broker.queue;

import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.queue.DuplicateNoteCodec.Decoded;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the journal held at a start of ids that have come to one queue: its notes, and which messages may have an id that is
 * not written down. Filled by the thread that starts the broker, then handed to the queue's loop.
 */
final class StoredDuplicates {
    /**
     * A message whose id must be read.
     *
     * @param readIndex where its beginning lies: its own record, or its first part
     * @param numbering whose number its id is, if it is one; null for that of a producer that did not ask
     */
    record Unwritten(long index, long readIndex, @Nullable Numbering numbering) {}

    /** The numbering of the messages that follow, by index of the note that says so. */
    private final TreeMap<Long, Optional<Numbering>> numberings = new TreeMap<>();

    private final List<Decoded> notes = new ArrayList<>();
    private final List<Long> indices = new ArrayList<>();
    private final List<Unwritten> unwritten = new ArrayList<>();
    private final Set<Long> written = new HashSet<>();
    private long unwrittenFrom = Long.MAX_VALUE;

    /** Notes come in the order of their indices, and before all messages. */
    void add(long index, ByteBuffer note) {
        indices.add(index);
        if (NumberingNoteCodec.isOne(note)) {
            numberings.put(index, NumberingNoteCodec.decode(index, note));
            return;
        }
        var decoded = DuplicateNoteCodec.decode(index, note);
        notes.add(decoded);
        unwrittenFrom = decoded.unwrittenFrom();
    }

    /** A message is here that has an id. */
    void onMessage(long index, long readIndex) {
        if (index < unwrittenFrom) {
            return;
        }
        if (written.isEmpty()) {
            notes.forEach(note -> note.ids().forEach(id -> {
                if (id.messageIndex() >= unwrittenFrom) {
                    written.add(id.messageIndex());
                }
            }));
            written.add(QueueEntry.NOT_IN_JOURNAL);
        }
        if (!written.contains(index)) {
            var numbering = numberings.floorEntry(index);
            unwritten.add(new Unwritten(
                    index,
                    readIndex,
                    numbering == null ? null : numbering.getValue().orElse(null)));
        }
    }

    /** By index of the note that says so. */
    SortedMap<Long, Optional<Numbering>> numberings() {
        return numberings;
    }

    List<Decoded> notes() {
        return notes;
    }

    /** In the order of their indices. */
    List<Unwritten> inOrder() {
        unwritten.sort(Comparator.comparingLong(Unwritten::index));
        return unwritten;
    }

    /** Indices of all notes, also of those that say nothing. */
    List<Long> indices() {
        return indices;
    }

    /** Takes away as many of these as there is room for; returns how many. */
    int takeIndices(long[] taken) {
        int count = Math.min(indices.size(), taken.length);
        for (int i = 0; i < count; i++) {
            taken[i] = indices.remove(indices.size() - 1);
        }
        return count;
    }
}
