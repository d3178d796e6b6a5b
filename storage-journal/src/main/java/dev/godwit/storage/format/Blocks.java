package dev.godwit.storage.format;

/** The journal's unit of writing: a batch begins on a block of its own, and a synced block is never written again. */
public final class Blocks {
    /** Bytes. */
    public static final int BLOCK_BYTES = 4096;

    private Blocks() {}

    public static int roundUp(int bytes) {
        return (bytes + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }
}
