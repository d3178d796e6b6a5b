package dev.godwit.broker.queue;

import dev.godwit.broker.queue.ProducerSequences.Producer;
import dev.godwit.broker.queue.ProducerSequences.ProducerKey;
import dev.godwit.storage.record.LongRanges;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The bytes of a note of ids that have come (docs/journal-format.md). */
final class DuplicateNoteCodec {
    /** Of the first message that may not be written down: none before the note. */
    static final long ITSELF = 0;

    private static final byte KIND = 1;
    private static final int ID_BYTES = 4 * Long.BYTES;
    private static final int PRODUCER_BYTES = 3 * Long.BYTES + Integer.BYTES;
    private static final int ROW_BYTES = 2 * Long.BYTES;

    /** An id as it was written down. */
    record Id(long high, long low, long timeMillis, long messageIndex) {}

    /** A producer as it was written down. */
    record Sequences(ProducerKey key, long lastMillis, LongRanges rows) {}

    /**
     * A note that was read.
     *
     * @param unwrittenFrom messages with a lower index are written down here or in another note, or need not be
     */
    record Decoded(long index, long unwrittenFrom, List<Id> ids, List<Sequences> producers) {}

    private final long firstHanging;

    /** @param firstHanging index of the first message before the note that may not be written down; {@link #ITSELF} for none */
    DuplicateNoteCodec(long firstHanging) {
        this.firstHanging = firstHanging;
    }

    /** @param count of the ids between those positions whose messages are in the journal */
    ByteBuffer encode(RememberedIds ids, long from, long to, int count, List<Producer> producers) {
        int bytes = 1 + Long.BYTES + 2 * Integer.BYTES + count * ID_BYTES;
        for (var each : producers) {
            bytes += PRODUCER_BYTES + each.rows() * ROW_BYTES;
        }
        var body = ByteBuffer.allocate(bytes).put(KIND).putLong(firstHanging).putInt(count);
        for (long position = from; position < to; position++) {
            if (ids.index(position) != QueueEntry.NOT_IN_JOURNAL) {
                body.putLong(ids.high(position))
                        .putLong(ids.low(position))
                        .putLong(ids.timeMillis(position))
                        .putLong(ids.index(position));
            }
        }
        body.putInt(producers.size());
        for (var each : producers) {
            body.putLong(each.key.high()).putLong(each.key.low()).putLong(each.lastMillis());
            body.putInt(each.rows());
            for (int row = 0; row < each.rows(); row++) {
                body.putLong(each.first(row)).putLong(each.last(row));
            }
        }
        return body.flip();
    }

    /** @throws IllegalArgumentException when it is no such note */
    static Decoded decode(long index, ByteBuffer note) {
        try {
            var body = note.duplicate();
            byte kind = body.get();
            if (kind != KIND) {
                throw new IllegalArgumentException("note " + index + " is of the unknown kind " + kind);
            }
            long firstHanging = body.getLong();
            var ids = new ArrayList<Id>();
            for (int left = body.getInt(); left > 0; left--) {
                ids.add(new Id(body.getLong(), body.getLong(), body.getLong(), body.getLong()));
            }
            var producers = new ArrayList<Sequences>();
            for (int left = body.getInt(); left > 0; left--) {
                producers.add(producer(body));
            }
            return new Decoded(index, firstHanging == ITSELF ? index : firstHanging, ids, producers);
        } catch (BufferUnderflowException cutOff) {
            throw new IllegalArgumentException("note " + index + " ends before it should", cutOff);
        }
    }

    private static Sequences producer(ByteBuffer body) {
        var key = new ProducerKey(body.getLong(), body.getLong());
        long lastMillis = body.getLong();
        int rows = body.getInt();
        if (rows < 1 || rows > body.remaining() / ROW_BYTES) {
            throw new IllegalArgumentException("a producer claims " + rows + " rows of numbers");
        }
        var bounds = new long[2 * rows];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = body.getLong();
        }
        return new Sequences(key, lastMillis, LongRanges.ofBounds(bounds));
    }
}
