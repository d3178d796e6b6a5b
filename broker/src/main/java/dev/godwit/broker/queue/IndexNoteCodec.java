package dev.godwit.broker.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.broker.filter.CodeBlock;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of a note of what messages say under indexed names (docs/journal-format.md). */
final class IndexNoteCodec {
    static final byte KIND = 2;

    private static final byte HAS_NUMBERS = 1;
    private static final int BLOCK_BITS = 3;

    /** Of so many blocks one note may tell. */
    static final int BLOCKS_MAX = 1 << BLOCK_BITS;

    private static final int COUNT_MAX = BLOCKS_MAX * CodeBlock.LENGTH;
    private static final int COLUMNS_MAX = 255;
    private static final int DISTANCE_BYTES_MAX = 10;

    /** A note that was read. Immutable. */
    static final class Decoded {
        private final long index;
        private final int lane;
        private final List<String> names;
        private final long[] indices;

        /** For each name, of each message. */
        private final int[][] hashes;

        /** The same; null for a name without numbers. */
        private final int[] @Nullable [] orders;

        private Decoded(
                long index, int lane, List<String> names, long[] indices, int[][] hashes, int[] @Nullable [] orders) {
            this.index = index;
            this.lane = lane;
            this.names = names;
            this.indices = indices;
            this.hashes = hashes;
            this.orders = orders;
        }

        /** Of the note itself. */
        long index() {
            return index;
        }

        /** The number of the lane in which the messages stand. */
        int lane() {
            return lane;
        }

        List<String> names() {
            return names;
        }

        /** Of how many messages it tells. */
        int size() {
            return indices.length;
        }

        /** The index of a message; they ascend. */
        long messageIndex(int place) {
            return indices[place];
        }

        /** Writes what is known of a message where it stands now. */
        void restore(int place, CodeBlock codes, int placeThere) {
            for (int column = 0; column < hashes.length; column++) {
                int[] known = orders[column];
                int order = known == null ? CodeBlock.NO_NUMBER : known[place];
                codes.restore(column, placeThere, hashes[column][place], order);
            }
        }
    }

    private IndexNoteCodec() {}

    /** A message of a note, in one number: in the order of these stand the messages. */
    static long key(long messageIndex, int block, int place) {
        return (messageIndex << BLOCK_BITS | block) << CodeBlock.SHIFT | place;
    }

    /**
     * @param blocks at most {@link #BLOCKS_MAX}, with what is known of the messages
     * @param keys of the messages, ascending
     */
    static ByteBuffer encode(int lane, List<String> names, List<CodeBlock> blocks, long[] keys, int count) {
        int bytes = 3 + Integer.BYTES + count * DISTANCE_BYTES_MAX + names.size() * (1 + 2 * count * Integer.BYTES);
        var encodedNames = new ArrayList<byte[]>();
        for (var name : names) {
            byte[] encoded = name.getBytes(UTF_8);
            encodedNames.add(encoded);
            bytes += Short.BYTES + encoded.length;
        }
        var body = ByteBuffer.allocate(bytes).put(KIND).put((byte) lane).put((byte) names.size());
        encodedNames.forEach(name -> body.putShort((short) name.length).put(name));
        body.putInt(count);
        long before = 0;
        for (int i = 0; i < count; i++) {
            long index = keys[i] >>> (CodeBlock.SHIFT + BLOCK_BITS);
            putNumber(body, index - before);
            before = index;
        }
        for (int column = 0; column < names.size(); column++) {
            putCodes(body, column, blocks, keys, count);
        }
        // Of a buffer that is made for the longest distances most would stay empty.
        var exact = ByteBuffer.allocate(body.position());
        return exact.put(body.flip()).flip();
    }

    private static void putCodes(ByteBuffer body, int column, List<CodeBlock> blocks, long[] keys, int count) {
        boolean numbers = blocks.stream().anyMatch(block -> block.hasNumbers(column));
        body.put(numbers ? HAS_NUMBERS : 0);
        for (int i = 0; i < count; i++) {
            body.putInt(blocks.get(block(keys[i])).hash(column, place(keys[i])));
        }
        for (int i = 0; numbers && i < count; i++) {
            body.putInt(blocks.get(block(keys[i])).order(column, place(keys[i])));
        }
    }

    private static int block(long key) {
        return (int) (key >>> CodeBlock.SHIFT) & (BLOCKS_MAX - 1);
    }

    private static int place(long key) {
        return (int) key & (CodeBlock.LENGTH - 1);
    }

    private static void putNumber(ByteBuffer body, long number) {
        long left = number;
        while (left >>> 7 != 0) {
            body.put((byte) (left | 0x80));
            left >>>= 7;
        }
        body.put((byte) left);
    }

    private static long number(ByteBuffer body) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = body.get();
            number |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("a distance has more than 64 bits");
    }

    /** @throws IllegalArgumentException when it is no such note */
    static Decoded decode(long index, ByteBuffer note) {
        try {
            var body = note.duplicate();
            byte kind = body.get();
            if (kind != KIND) {
                throw new IllegalArgumentException("note " + index + " is of the unknown kind " + kind);
            }
            int lane = body.get() & 0xFF;
            int columns = body.get() & COLUMNS_MAX;
            if (lane >= PriorityRules.LEVELS || columns == 0) {
                throw new IllegalArgumentException(
                        "note " + index + " claims lane " + lane + " and " + columns + " names");
            }
            var names = new ArrayList<String>();
            for (int i = 0; i < columns; i++) {
                byte[] name = new byte[body.getShort() & 0xFFFF];
                body.get(name);
                names.add(new String(name, UTF_8));
            }
            int count = body.getInt();
            if (count < 1 || count > COUNT_MAX) {
                throw new IllegalArgumentException("note " + index + " claims " + count + " messages");
            }
            var indices = new long[count];
            long before = 0;
            for (int i = 0; i < count; i++) {
                long next = before + number(body);
                if (next <= before) {
                    throw new IllegalArgumentException("note " + index + " has messages that do not ascend");
                }
                indices[i] = next;
                before = next;
            }
            var hashes = new int[columns][];
            var orders = new int[columns][];
            for (int column = 0; column < columns; column++) {
                boolean numbers = (body.get() & HAS_NUMBERS) != 0;
                hashes[column] = ints(body, count);
                orders[column] = numbers ? ints(body, count) : null;
            }
            return new Decoded(index, lane, List.copyOf(names), indices, hashes, orders);
        } catch (BufferUnderflowException cutOff) {
            throw new IllegalArgumentException("note " + index + " ends before it should", cutOff);
        }
    }

    private static int[] ints(ByteBuffer body, int count) {
        var values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = body.getInt();
        }
        return values;
    }
}
