package dev.godwit.amqp.message;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Tells whether a key of an encoded map has been there before. A hash table of positions that is used again and again:
 * owned by one {@link ValueCheck}; made for the first map, it grows with the largest, and gives a very large table back.
 */
final class MapKeys {
    /** Unknown outside, so that nobody can send keys that all meet in one slot. */
    private static final long SEED = ThreadLocalRandom.current().nextLong();

    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;
    private static final int INITIAL_SLOTS = 64;
    private static final int MAX_KEPT_SLOTS = 8_192;

    private long[] hashes = {};
    private int[] positions = {};

    /** Which map filled a slot; slots of earlier maps are free. */
    private int[] maps = {};

    private int map;

    /** Forgets all keys: a map of so many entries follows. */
    void begin(int entries) {
        int slots = Integer.highestOneBit(Math.max(entries, INITIAL_SLOTS / 4)) * 4;
        if (slots > hashes.length || (hashes.length > MAX_KEPT_SLOTS && slots <= MAX_KEPT_SLOTS)) {
            hashes = new long[slots];
            positions = new int[slots];
            maps = new int[slots];
            map = 0;
        }
        map++;
        if (map == 0) {
            Arrays.fill(maps, 0);
            map = 1;
        }
    }

    /**
     * Remembers a key of a simple type that is well encoded.
     *
     * @return false when it has been there before
     */
    boolean add(ByteBuffer buffer, int position, int end) {
        long hash = hash(buffer, position, end);
        int mask = hashes.length - 1;
        int slot = (int) (hash >>> 32) & mask;
        while (maps[slot] == map) {
            if (hashes[slot] == hash && isSame(buffer, positions[slot], position)) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        maps[slot] = map;
        hashes[slot] = hash;
        positions[slot] = position;
        return true;
    }

    private static boolean isFixed(int code, int position) {
        int width = FormatCode.width(code, position);
        return width >= 0 && width <= Long.BYTES;
    }

    private static long hash(ByteBuffer buffer, int position, int end) {
        int code = buffer.get(position) & 0xff;
        if (isFixed(code, position)) {
            return mix(SEED, EncodedValue.fixedBits(buffer, position));
        }
        int start = bytesStart(buffer, position);
        long hash = mix(SEED, (long) end - start);
        for (int at = start; at + Long.BYTES < end; at += Long.BYTES) {
            hash = mix(hash, buffer.getLong(at));
        }
        return mix(hash, lastWord(buffer, start, end));
    }

    /** The last eight bytes; of fewer all of them. */
    private static long lastWord(ByteBuffer buffer, int start, int end) {
        if (end - start >= Long.BYTES) {
            return buffer.getLong(end - Long.BYTES);
        }
        if (end - start >= Integer.BYTES) {
            return ((long) buffer.getInt(start) << Integer.SIZE) | (buffer.getInt(end - Integer.BYTES) & 0xffff_ffffL);
        }
        long word = 0;
        for (int at = start; at < end; at++) {
            word = (word << 8) | (buffer.get(at) & 0xff);
        }
        return word;
    }

    private static long mix(long hash, long word) {
        long product = (hash ^ word) * MULTIPLIER;
        return product ^ (product >>> 29);
    }

    /** Where the bytes of a uuid, decimal128, binary, string or symbol begin. */
    private static int bytesStart(ByteBuffer buffer, int position) {
        int width = FormatCode.width(buffer.get(position) & 0xff, position);
        return width > 0 ? position + 1 : position + 1 - width;
    }

    private static boolean isSame(ByteBuffer buffer, int one, int other) {
        int oneCode = buffer.get(one) & 0xff;
        int otherCode = buffer.get(other) & 0xff;
        if (FormatCode.type(oneCode, one) != FormatCode.type(otherCode, other)) {
            return false;
        }
        if (isFixed(oneCode, one)) {
            return EncodedValue.fixedBits(buffer, one) == EncodedValue.fixedBits(buffer, other);
        }
        int oneStart = bytesStart(buffer, one);
        int otherStart = bytesStart(buffer, other);
        int length = EncodedValue.checkedEnd(buffer, one) - oneStart;
        if (length != EncodedValue.checkedEnd(buffer, other) - otherStart) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (buffer.get(oneStart + i) != buffer.get(otherStart + i)) {
                return false;
            }
        }
        return true;
    }
}
