package dev.godwit.storage.format;

import java.nio.ByteBuffer;

/** The journal's unit of writing: a batch begins on a block of its own, and a synced block is never written again. */
public final class Blocks {
    /** Bytes. */
    public static final int BLOCK_BYTES = 4096;

    private Blocks() {}

    /** Whether {@code buffer} holds nothing but zeros from {@code from} up to {@code to}. */
    public static boolean isZero(ByteBuffer buffer, int from, int to) {
        for (int at = from; at < to; at++) {
            if (buffer.get(at) != 0) {
                return false;
            }
        }
        return true;
    }

    public static int roundUp(int bytes) {
        return (bytes + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }

    public static long roundUp(long bytes) {
        return (bytes + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }
}
