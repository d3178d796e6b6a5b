package dev.godwit.broker.filter;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern in which {@code %} stands for any characters and {@code _} for one. It is cut at each {@code %}; the pieces
 * are looked for one behind the other, each with a {@link PieceSearch}, so that the time grows with the text only, and
 * never with what the pieces have in common. A character is one of UTF-16. Immutable, save what a search keeps.
 */
final class LikePattern {
    /** So that a character of the text costs a bounded number of steps. */
    static final int LENGTH_MAX = 1_024;

    /** Stands for any one character within a piece; no character of a pattern, since UTF-16 ends below. */
    private static final int ANY = -1;

    private final List<int[]> pieces = new ArrayList<>();

    /** For the pieces between the first and the last. */
    private final List<PieceSearch> searches = new ArrayList<>();

    private final int lengthMin;

    /** @param escape takes the meaning from the character after it; a negative one when there is none */
    private LikePattern(String pattern, int escape) {
        var piece = new ArrayList<Integer>();
        int length = 0;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == escape) {
                piece.add((int) pattern.charAt(++i));
            } else if (c == '%') {
                length += endPiece(piece);
            } else {
                piece.add(c == '_' ? ANY : c);
            }
        }
        length += endPiece(piece);
        lengthMin = length;
        for (int i = 1; i < pieces.size() - 1; i++) {
            searches.add(new PieceSearch(pieces.get(i), ANY));
        }
    }

    private int endPiece(List<Integer> piece) {
        pieces.add(piece.stream().mapToInt(Integer::intValue).toArray());
        int length = piece.size();
        piece.clear();
        return length;
    }

    /**
     * @param escape one character, or none
     * @throws InvalidFilterException says what is wrong with the pattern, not where it stands
     */
    static LikePattern of(String pattern, String escape) throws InvalidFilterException {
        if (pattern.length() > LENGTH_MAX) {
            throw new InvalidFilterException(
                    "a pattern has at most " + LENGTH_MAX + " characters, not " + pattern.length());
        }
        if (escape.length() > 1) {
            throw new InvalidFilterException("ESCAPE takes one character, not " + escape.length());
        }
        int escapeCharacter = escape.isEmpty() ? -1 : escape.charAt(0);
        for (int i = 0; i < pattern.length(); i++) {
            if (pattern.charAt(i) == escapeCharacter && ++i == pattern.length()) {
                throw new InvalidFilterException("a pattern may not end with its escape character");
            }
        }
        return new LikePattern(pattern, escapeCharacter);
    }

    boolean matches(String text) {
        var first = pieces.get(0);
        if (text.length() < lengthMin || !standsAt(first, text, 0)) {
            return false;
        }
        if (pieces.size() == 1) {
            return text.length() == lengthMin;
        }
        var last = pieces.get(pieces.size() - 1);
        int end = text.length() - last.length;
        int at = first.length;
        for (int i = 0; i < searches.size(); i++) {
            at = searches.get(i).endOfFirst(text, at, end);
            if (at < 0) {
                return false;
            }
        }
        return standsAt(last, text, end);
    }

    private static boolean standsAt(int[] piece, String text, int start) {
        for (int i = 0; i < piece.length; i++) {
            if (piece[i] != ANY && piece[i] != text.charAt(start + i)) {
                return false;
            }
        }
        return true;
    }
}
