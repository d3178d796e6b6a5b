package dev.godwit.broker.queue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The classes of the messages of one {@link FreshLine}, a byte each, by their places: so the next one of a class is found
 * without looking at those between. Knows those of which it is known what they say. Owned by the queue's loop; lives as long
 * as the line's {@link LineIndex}.
 */
final class FairLine {
    private static final int SHIFT = 12;
    private static final int LENGTH = 1 << SHIFT;

    /** There is no message, or nobody knows what it says. */
    private static final byte NONE = -1;

    private static final class Block {
        final byte[] classes = new byte[LENGTH];
        int present;

        /** Classes of which there was a message, a bit for each. */
        long seen;

        Block() {
            Arrays.fill(classes, NONE);
        }
    }

    private final FairShare share;
    private final MessageMemory memory;
    private final Map<Long, Block> blocks = new HashMap<>();

    /** By class: messages in this line. */
    private final long[] present = new long[FairShare.CLASSES];

    FairLine(FairShare share, MessageMemory memory) {
        this.share = share;
        this.memory = memory;
    }

    FairShare share() {
        return share;
    }

    private static long blockOf(long sequence) {
        return sequence >>> SHIFT;
    }

    private static int placeOf(long sequence) {
        return (int) (sequence & (LENGTH - 1));
    }

    /** It is known of a message in line what it says. */
    void add(long sequence, int code) {
        remove(sequence);
        var block = blocks.get(blockOf(sequence));
        if (block == null) {
            block = new Block();
            blocks.put(blockOf(sequence), block);
            memory.add(LENGTH);
        }
        int number = share.come(code);
        block.classes[placeOf(sequence)] = (byte) number;
        block.present++;
        block.seen |= 1L << number;
        present[number]++;
    }

    /** The message has left the line. */
    void remove(long sequence) {
        var block = blocks.get(blockOf(sequence));
        int number = block == null ? NONE : block.classes[placeOf(sequence)];
        if (block == null || number == NONE) {
            return;
        }
        block.classes[placeOf(sequence)] = NONE;
        share.leave(number);
        present[number]--;
        if (--block.present == 0) {
            blocks.remove(blockOf(sequence));
            memory.add(-LENGTH);
        }
    }

    /** The message is about to leave the line for a consumer, and may come back. */
    void mark(QueueEntry entry) {
        int number = classAt(entry.sequence());
        if (number != NONE) {
            share.mark(entry, number);
        }
    }

    /** The class of a message in line; -1 when it is not known. */
    int classAt(long sequence) {
        var block = blocks.get(blockOf(sequence));
        return block == null ? NONE : block.classes[placeOf(sequence)];
    }

    boolean has(int number) {
        return present[number] > 0;
    }

    /** The first message of a class from {@code from} on, and before {@code limit}; {@code limit} when there is none. */
    long next(int number, long from, long limit) {
        if (!has(number)) {
            return limit;
        }
        long at = from;
        while (at < limit) {
            long blockEnd = Math.min(limit, (blockOf(at) + 1) << SHIFT);
            @Nullable Block block = blocks.get(blockOf(at));
            if (block != null && (block.seen & 1L << number) != 0) {
                for (; at < blockEnd; at++) {
                    if (block.classes[placeOf(at)] == number) {
                        return at;
                    }
                }
            }
            at = blockEnd;
        }
        return limit;
    }

    /** Its line has other classes from now on, or none. */
    void end() {
        memory.add(-(long) LENGTH * blocks.size());
        blocks.clear();
    }
}
