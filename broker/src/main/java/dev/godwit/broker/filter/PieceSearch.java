package dev.godwit.broker.filter;

import java.util.Arrays;

/**
 * Finds a piece of a pattern in a text with one look at each character (Shift-And: bit <i>n</i> of a set says that the
 * piece's first <i>n</i> + 1 characters end here). Immutable.
 */
final class PieceSearch {
    private final int length;

    /** The distinct characters of the piece, ascending; and for each, where in the piece it may stand. */
    private final int[] characters;

    private final long[][] places;

    /** Where any character may stand. */
    private final long[] anywhere;

    /** @param any stands in the piece for any character */
    PieceSearch(int[] piece, int any) {
        length = piece.length;
        characters =
                Arrays.stream(piece).filter(c -> c != any).distinct().sorted().toArray();
        int words = (length + Long.SIZE - 1) / Long.SIZE;
        anywhere = new long[words];
        places = new long[characters.length][words];
        for (int i = 0; i < length; i++) {
            if (piece[i] == any) {
                mark(anywhere, i);
            } else {
                mark(places[Arrays.binarySearch(characters, piece[i])], i);
            }
        }
        for (var place : places) {
            for (int word = 0; word < words; word++) {
                place[word] |= anywhere[word];
            }
        }
    }

    private static void mark(long[] bits, int bit) {
        bits[bit / Long.SIZE] |= 1L << bit;
    }

    /** Where the first one ends that lies between {@code start} and {@code end}; -1 when there is none. */
    int endOfFirst(String text, int start, int end) {
        if (length == 0) {
            return start;
        }
        long[] set = new long[anywhere.length];
        int lastWord = set.length - 1;
        long lastBit = 1L << (length - 1);
        for (int at = start; at < end; at++) {
            step(set, placesOf(text.charAt(at)));
            if ((set[lastWord] & lastBit) != 0) {
                return at + 1;
            }
        }
        return -1;
    }

    private long[] placesOf(char c) {
        int found = Arrays.binarySearch(characters, c);
        return found < 0 ? anywhere : places[found];
    }

    private static void step(long[] set, long[] allowed) {
        long carry = 1;
        for (int word = 0; word < set.length; word++) {
            long bits = set[word];
            set[word] = (bits << 1 | carry) & allowed[word];
            carry = bits >>> (Long.SIZE - 1);
        }
    }
}
