package dev.godwit.broker.filter;

import dev.godwit.broker.filter.SelectorToken.TokenType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Set;

/** Cuts the text of a selector into words. Owned by whoever parses; lives as long as that. */
final class SelectorScanner {
    private static final Set<String> KEYWORDS =
            Set.of("AND", "OR", "NOT", "BETWEEN", "LIKE", "ESCAPE", "IN", "IS", "NULL", "TRUE", "FALSE");
    private static final Set<String> SIGNS_OF_TWO = Set.of("<>", "<=", ">=", "!=");
    private static final String SIGNS_OF_ONE = "=<>+-*/%(),";

    /** Of what a message to a human quotes. */
    private static final int QUOTED_MAX = 40;

    private final String text;
    private int at;

    SelectorScanner(String text) {
        this.text = text;
    }

    SelectorToken next() throws InvalidFilterException {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new SelectorToken(TokenType.END, at, "", null);
        }
        char c = text.charAt(at);
        if (c == '\'') {
            return quoted(TokenType.STRING, c);
        } else if (c == '"') {
            return quoted(TokenType.QUOTED_NAME, c);
        } else if (isDigit(at) || (c == '.' && isDigit(at + 1))) {
            return number();
        }
        return Character.isJavaIdentifierStart(c) ? name() : sign();
    }

    /** What stands at this place is wrong. */
    InvalidFilterException problem(int position, String problem) {
        int start = Math.max(0, Math.min(position, text.length()) - QUOTED_MAX / 2);
        int end = Math.min(text.length(), start + QUOTED_MAX);
        var near = text.substring(start, end).replaceAll("\\p{Cntrl}", " ");
        return new InvalidFilterException("at character " + (position + 1) + ", near \"" + near + "\": " + problem);
    }

    private SelectorToken quoted(TokenType type, char quote) throws InvalidFilterException {
        int start = at++;
        var value = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c != quote) {
                value.append(c);
            } else if (at < text.length() && text.charAt(at) == quote) {
                value.append(c);
                at++;
            } else {
                if (type == TokenType.QUOTED_NAME && value.isEmpty()) {
                    throw problem(start, "a name in quotes is empty");
                }
                return new SelectorToken(type, start, text.substring(start, at), value.toString());
            }
        }
        throw problem(start, "the closing " + quote + " is missing");
    }

    private SelectorToken name() {
        int start = at;
        while (at < text.length() && isNamePart(text.charAt(at))) {
            at++;
        }
        var word = text.substring(start, at);
        var capitals = word.toUpperCase(Locale.ROOT);
        return KEYWORDS.contains(capitals)
                ? new SelectorToken(TokenType.KEYWORD, start, capitals, null)
                : new SelectorToken(TokenType.NAME, start, word, null);
    }

    private static boolean isNamePart(char c) {
        return Character.isJavaIdentifierPart(c) || c == '.';
    }

    private SelectorToken sign() throws InvalidFilterException {
        int start = at;
        if (at + 2 <= text.length() && SIGNS_OF_TWO.contains(text.substring(at, at + 2))) {
            at += 2;
        } else if (SIGNS_OF_ONE.indexOf(text.charAt(at)) >= 0) {
            at++;
        } else {
            throw problem(at, "no selector has this character");
        }
        return new SelectorToken(TokenType.SIGN, start, text.substring(start, at), null);
    }

    private SelectorToken number() throws InvalidFilterException {
        int start = at;
        boolean hex = text.startsWith("0x", at) || text.startsWith("0X", at);
        Object value = hex ? hexNumber(start) : decimalNumber(start);
        if (at < text.length() && isNamePart(text.charAt(at))) {
            throw problem(start, "a number ends with L, F or D, or with its last digit");
        }
        return new SelectorToken(TokenType.NUMBER, start, text.substring(start, at), value);
    }

    private Object hexNumber(int start) throws InvalidFilterException {
        at += 2;
        int digits = at;
        while (at < text.length() && Character.digit(text.charAt(at), 16) >= 0 && text.charAt(at) < 0x80) {
            at++;
        }
        return wholeNumber(start, text.substring(digits, at), 16);
    }

    private Object decimalNumber(int start) throws InvalidFilterException {
        skipDigits();
        boolean whole = true;
        if (at < text.length() && text.charAt(at) == '.') {
            whole = false;
            at++;
            skipDigits();
        }
        if (isExponent()) {
            whole = false;
            at += isDigit(at + 1) ? 1 : 2;
            skipDigits();
        }
        var digits = text.substring(start, at);
        if (takeSuffix("fFdD") || !whole) {
            return Double.valueOf(digits);
        }
        boolean octal = digits.length() > 1 && digits.charAt(0) == '0';
        return wholeNumber(start, digits, octal ? 8 : 10);
    }

    private boolean isExponent() {
        if (at >= text.length() || (text.charAt(at) != 'e' && text.charAt(at) != 'E')) {
            return false;
        }
        boolean signed = at + 1 < text.length() && (text.charAt(at + 1) == '+' || text.charAt(at + 1) == '-');
        return isDigit(signed ? at + 2 : at + 1);
    }

    /** As Java reads it: hexadecimals and octals may use all 64 bits. */
    private Object wholeNumber(int start, String digits, int radix) throws InvalidFilterException {
        takeSuffix("lL");
        try {
            if (radix != 10) {
                return Long.parseUnsignedLong(digits, radix);
            }
            var value = new BigInteger(digits);
            return value.bitLength() < Long.SIZE ? (Object) value.longValue() : new BigDecimal(value);
        } catch (NumberFormatException wrong) {
            throw problem(start, "this is no number of base " + radix + " with at most 64 bits");
        }
    }

    private boolean takeSuffix(String letters) {
        boolean found = at < text.length() && letters.indexOf(text.charAt(at)) >= 0;
        if (found) {
            at++;
        }
        return found;
    }

    private void skipDigits() {
        while (isDigit(at)) {
            at++;
        }
    }

    private boolean isDigit(int position) {
        return position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9';
    }
}
