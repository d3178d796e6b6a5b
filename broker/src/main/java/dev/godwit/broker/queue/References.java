package dev.godwit.broker.queue;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@link Reference}s with consecutive sequence numbers, added at its end and taken from its beginning. It lies in
 * small pieces that come and go with it: no growth copies the references, and a long row that became short holds little.
 * Owned by one thread at a time.
 */
final class References {
    private static final int PIECE_SHIFT = 9;
    private static final int PIECE_LENGTH = 1 << PIECE_SHIFT;
    private static final int PIECES_MIN = 4;

    /** A ring; its length is a power of two. */
    private long[] @Nullable [] pieces = new long[PIECES_MIN][];

    private int firstPiece;

    /** Where the first reference lies, counted from the beginning of the first piece. */
    private int offset;

    private long size;
    private long firstSequence;

    boolean isEmpty() {
        return size == 0;
    }

    long size() {
        return size;
    }

    /** Of the first reference, or of the next one to come when there is none. */
    long firstSequence() {
        return firstSequence;
    }

    boolean contains(long sequence) {
        return sequence >= firstSequence && sequence < firstSequence + size;
    }

    /** @param sequence one more than that of the last one; any when there is none */
    void addLast(long sequence, long reference) {
        if (size == 0) {
            firstSequence = sequence;
        } else if (sequence != firstSequence + size) {
            throw new IllegalArgumentException(
                    "sequence " + sequence + " does not follow " + (firstSequence + size - 1));
        }
        long at = offset + size;
        int piece = (int) (at >>> PIECE_SHIFT);
        if (piece == pieces.length) {
            grow();
        }
        int slot = slot(piece);
        long[] there = pieces[slot];
        if (there == null) {
            there = new long[PIECE_LENGTH];
            pieces[slot] = there;
        }
        there[within(at)] = reference;
        size++;
    }

    private void grow() {
        var more = new long[2 * pieces.length][];
        for (int piece = 0; piece < pieces.length; piece++) {
            more[piece] = pieces[slot(piece)];
        }
        pieces = more;
        firstPiece = 0;
    }

    long removeFirst() {
        long reference = get(firstSequence);
        firstSequence++;
        size--;
        offset++;
        if (size == 0) {
            Arrays.fill(pieces, null);
            offset = 0;
            if (pieces.length > PIECES_MIN) {
                pieces = new long[PIECES_MIN][];
            }
            firstPiece = 0;
        } else if (offset == PIECE_LENGTH) {
            pieces[firstPiece] = null;
            firstPiece = slot(1);
            offset = 0;
        }
        return reference;
    }

    long get(long sequence) {
        long at = at(sequence);
        return piece(at)[within(at)];
    }

    void set(long sequence, long reference) {
        long at = at(sequence);
        piece(at)[within(at)] = reference;
    }

    private long at(long sequence) {
        if (!contains(sequence)) {
            throw new IllegalArgumentException(
                    "sequence " + sequence + " is not among the " + size + " from " + firstSequence + " on");
        }
        return offset + (sequence - firstSequence);
    }

    private long[] piece(long at) {
        long[] piece = pieces[slot((int) (at >>> PIECE_SHIFT))];
        if (piece == null) {
            throw new IllegalStateException("piece " + (at >>> PIECE_SHIFT) + " is missing");
        }
        return piece;
    }

    private int slot(int piece) {
        return (firstPiece + piece) & (pieces.length - 1);
    }

    private static int within(long at) {
        return (int) at & (PIECE_LENGTH - 1);
    }
}
