package dev.godwit.broker.filter;

import org.jspecify.annotations.Nullable;

/**
 * A word of a selector.
 *
 * @param start where it begins, in characters from 0 on
 * @param text as it stands there; of a sign or a keyword, in capitals
 * @param value of a string, a quoted name (String) or a number (Long, Double, BigDecimal); null for all others
 */
record SelectorToken(
        TokenType type, int start, String text, @Nullable Object value) {
    enum TokenType {
        NAME,
        QUOTED_NAME,
        KEYWORD,
        STRING,
        NUMBER,
        SIGN,
        END
    }

    boolean isSign(String sign) {
        return type == TokenType.SIGN && text.equals(sign);
    }

    boolean isKeyword(String keyword) {
        return type == TokenType.KEYWORD && text.equals(keyword);
    }

    /** For a message to a human. */
    String words() {
        return type == TokenType.END ? "the end" : "'" + text + "'";
    }
}
