package dev.godwit.amqp.message;

/** Strings as AMQP carries them (§1.6.20). Has no state. */
final class Utf8 {
    private Utf8() {}

    /** @throws IllegalArgumentException when half of a surrogate pair is missing */
    static int length(String value) {
        int chars = value.length();
        int length = chars;
        for (int i = 0; i < chars; i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                length += c >= 0x800 ? 2 : 1;
                if (Character.isSurrogate(c)) {
                    if (Character.isLowSurrogate(c)
                            || i + 1 == chars
                            || !Character.isLowSurrogate(value.charAt(i + 1))) {
                        throw new IllegalArgumentException("half of a surrogate pair at char " + i + " of a string");
                    }
                    i++;
                }
            }
        }
        return length;
    }

    /** @param length what {@link #length} says of it: there is room for so many bytes */
    static void put(String value, int length, byte[] bytes, int position) {
        if (length == value.length()) {
            putAscii(value, bytes, position);
            return;
        }
        int at = position;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                bytes[at++] = (byte) c;
            } else if (c < 0x800) {
                bytes[at++] = (byte) (0xc0 | (c >> 6));
                bytes[at++] = continuation(c);
            } else if (Character.isHighSurrogate(c)) {
                i++;
                int codePoint = Character.toCodePoint(c, value.charAt(i));
                bytes[at++] = (byte) (0xf0 | (codePoint >> 18));
                bytes[at++] = continuation(codePoint >> 12);
                bytes[at++] = continuation(codePoint >> 6);
                bytes[at++] = continuation(codePoint);
            } else {
                bytes[at++] = (byte) (0xe0 | (c >> 12));
                bytes[at++] = continuation(c >> 6);
                bytes[at++] = continuation(c);
            }
        }
    }

    private static byte continuation(int bits) {
        return (byte) (0x80 | (bits & 0x3f));
    }

    /** By the one method of String that writes into an array; what it drops of a char, ASCII has not. */
    @SuppressWarnings("deprecation")
    static void putAscii(String value, byte[] bytes, int position) {
        value.getBytes(0, value.length(), bytes, position);
    }
}
