package dev.godwit.broker.queue;

import dev.godwit.broker.message.Numbering;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The bytes of a note that says whose numbers those of the messages behind it are (docs/journal-format.md). */
final class NumberingNoteCodec {
    private static final byte KIND = 3;
    private static final int OF_NOBODY_BYTES = 1;
    private static final int BYTES = OF_NOBODY_BYTES + 2 * Long.BYTES;

    private NumberingNoteCodec() {}

    static boolean isOne(ByteBuffer note) {
        return note.hasRemaining() && note.get(note.position()) == KIND;
    }

    /** @param numbering null for producers that did not ask for any */
    static ByteBuffer encode(@Nullable Numbering numbering) {
        return numbering == null
                ? ByteBuffer.allocate(OF_NOBODY_BYTES).put(KIND).flip()
                : ByteBuffer.allocate(BYTES)
                        .put(KIND)
                        .putLong(numbering.high())
                        .putLong(numbering.low())
                        .flip();
    }

    /**
     * Reads one that {@link #isOne}.
     *
     * @return empty for producers that did not ask for any
     * @throws IllegalArgumentException when it is too short or too long
     */
    static Optional<Numbering> decode(long index, ByteBuffer note) {
        var body = note.duplicate();
        if (body.remaining() != OF_NOBODY_BYTES && body.remaining() != BYTES) {
            throw new IllegalArgumentException("note " + index + " has " + body.remaining() + " bytes");
        }
        body.get();
        return body.hasRemaining() ? Optional.of(new Numbering(body.getLong(), body.getLong())) : Optional.empty();
    }
}
