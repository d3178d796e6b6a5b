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

    /** Of the only piece, as long as it is not longer: most rows are short. */
    private static final int ONLY_PIECE_LENGTH = 8;

    /** A ring; its length is a power of two. A piece in which all have left is not kept: it is null. */
    private long[] @Nullable [] pieces = new long[PIECES_MIN][];

    /** For each piece, how many have not left. */
    private int[] present = new int[PIECES_MIN];

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
        int within = within(at);
        if (there == null) {
            there = new long[size == 0 && within < ONLY_PIECE_LENGTH ? ONLY_PIECE_LENGTH : PIECE_LENGTH];
            pieces[slot] = there;
        } else if (within >= there.length) {
            there = Arrays.copyOf(there, Math.min(PIECE_LENGTH, 4 * there.length));
            pieces[slot] = there;
        }
        there[within] = reference;
        present[slot] += isPresent(reference);
        size++;
    }

    private static int isPresent(long reference) {
        return reference == Reference.GONE ? 0 : 1;
    }

    private void grow() {
        var more = new long[2 * pieces.length][];
        var morePresent = new int[2 * pieces.length];
        for (int piece = 0; piece < pieces.length; piece++) {
            more[piece] = pieces[slot(piece)];
            morePresent[piece] = present[slot(piece)];
        }
        pieces = more;
        present = morePresent;
        firstPiece = 0;
    }

    long removeFirst() {
        long reference = get(firstSequence);
        present[firstPiece] -= isPresent(reference);
        firstSequence++;
        size--;
        offset++;
        if (size == 0) {
            Arrays.fill(pieces, null);
            Arrays.fill(present, 0);
            offset = 0;
            if (pieces.length > PIECES_MIN) {
                pieces = new long[PIECES_MIN][];
                present = new int[PIECES_MIN];
            }
            firstPiece = 0;
        } else if (offset == PIECE_LENGTH) {
            pieces[firstPiece] = null;
            present[firstPiece] = 0;
            firstPiece = slot(1);
            offset = 0;
        }
        return reference;
    }

    long get(long sequence) {
        long at = at(sequence);
        long[] piece = pieces[slot((int) (at >>> PIECE_SHIFT))];
        return piece == null ? Reference.GONE : piece[within(at)];
    }

    /** The message leaves by another door. */
    void remove(long sequence) {
        long at = at(sequence);
        int slot = slot((int) (at >>> PIECE_SHIFT));
        long[] piece = pieces[slot];
        if (piece == null || piece[within(at)] == Reference.GONE) {
            return;
        }
        piece[within(at)] = Reference.GONE;
        present[slot]--;
        if (present[slot] == 0) {
            pieces[slot] = null;
        }
    }

    /** The first from this place on that has not left; where the row ends when there is none. */
    long nextPresent(long sequence) {
        long end = firstSequence + size;
        long next = Math.max(sequence, firstSequence);
        while (next < end) {
            long at = at(next);
            long[] piece = pieces[slot((int) (at >>> PIECE_SHIFT))];
            if (piece == null) {
                next += PIECE_LENGTH - within(at);
            } else if (piece[within(at)] == Reference.GONE) {
                next++;
            } else {
                return next;
            }
        }
        return end;
    }

    private long at(long sequence) {
        if (!contains(sequence)) {
            throw new IllegalArgumentException(
                    "sequence " + sequence + " is not among the " + size + " from " + firstSequence + " on");
        }
        return offset + (sequence - firstSequence);
    }

    private int slot(int piece) {
        return (firstPiece + piece) & (pieces.length - 1);
    }

    private static int within(long at) {
        return (int) at & (PIECE_LENGTH - 1);
    }
}
