package dev.godwit.amqp.sasl;

import java.text.Normalizer;

/** Brings a password into the form in which it is hashed (SASLprep, RFC 4013 §2.1 and §2.2), whoever typed it. */
public final class PreparedText {
    private static final String MAPPED_TO_NOTHING =
            "\u00ad\u034f\u1806\u180b\u180c\u180d\u200b\u200c\u200d\u2060\ufeff";

    private PreparedText() {}

    /** The prepared form of a text. */
    public static String of(String text) {
        var mapped = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (Character.getType(point) == Character.SPACE_SEPARATOR) {
                mapped.append(' ');
            } else if (MAPPED_TO_NOTHING.indexOf(point) < 0 && !(point >= 0xfe00 && point <= 0xfe0f)) {
                mapped.appendCodePoint(point);
            }
        });
        return Normalizer.normalize(mapped, Normalizer.Form.NFKC);
    }
}
