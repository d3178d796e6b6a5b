package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Checks and reads the bytes of strings and symbols (AMQP 1.0 §1.6.20, §1.6.21), and finds what has one for its key. */
final class EncodedText {
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private EncodedText() {}

    /** The first byte that is not ASCII, or {@code end}. The last bytes are read in one word with some before them. */
    private static int skipAscii(ByteBuffer buffer, int position, int end) {
        int at = position;
        while (at + Long.BYTES <= end && (buffer.getLong(at) & HIGH_BITS) == 0) {
            at += Long.BYTES;
        }
        if (end - position >= Long.BYTES) {
            if (end - at < Long.BYTES && (buffer.getLong(end - Long.BYTES) & HIGH_BITS) == 0) {
                return end;
            }
        } else if (end - position >= Integer.BYTES
                && ((buffer.getInt(position) | buffer.getInt(end - Integer.BYTES)) & (int) HIGH_BITS) == 0) {
            return end;
        }
        while (at < end && buffer.get(at) >= 0) {
            at++;
        }
        return at;
    }

    static void checkSymbol(ByteBuffer buffer, int position, int end) {
        int at = skipAscii(buffer, position, end);
        if (at < end) {
            throw new AmqpDecodeException(at, "a symbol is ASCII only");
        }
    }

    /** UTF-8 in its shortest form, without surrogates, up to U+10FFFF (RFC 3629). */
    static void checkString(ByteBuffer buffer, int position, int end) {
        int at = skipAscii(buffer, position, end);
        while (at < end) {
            at = checkCodePoint(buffer, at, end);
            at = skipAscii(buffer, at, end);
        }
    }

    private static int checkCodePoint(ByteBuffer buffer, int position, int end) {
        int first = buffer.get(position) & 0xff;
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || length > end - position) {
            throw notUtf8(position);
        }
        int codePoint = first & (0x7f >> length);
        for (int at = position + 1; at < position + length; at++) {
            int next = buffer.get(at);
            if ((next & 0xc0) != 0x80) {
                throw notUtf8(position);
            }
            codePoint = (codePoint << 6) | (next & 0x3f);
        }
        boolean shortest = length == 2 || codePoint >= (length == 3 ? 0x800 : 0x1_0000);
        if (!shortest || codePoint > Character.MAX_CODE_POINT || isSurrogate(codePoint)) {
            throw notUtf8(position);
        }
        return position + length;
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static AmqpDecodeException notUtf8(int position) {
        return new AmqpDecodeException(position, "not UTF-8");
    }

    /** The text of bytes that have been checked. */
    static String string(ByteBuffer buffer, int position, int end) {
        return text(buffer, position, end, StandardCharsets.UTF_8);
    }

    /** The text of bytes that have been checked. */
    static String symbol(ByteBuffer buffer, int position, int end) {
        return text(buffer, position, end, StandardCharsets.US_ASCII);
    }

    private static String text(ByteBuffer buffer, int position, int end, Charset charset) {
        if (buffer.hasArray()) {
            return new String(buffer.array(), buffer.arrayOffset() + position, end - position, charset);
        }
        var bytes = new byte[end - position];
        buffer.get(position, bytes);
        return new String(bytes, charset);
    }

    /** True when these bytes are this text. Nothing is allocated for ASCII. */
    static boolean matches(ByteBuffer buffer, int position, int end, String text) {
        int length = text.length();
        if (end - position < length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return matches(buffer, position, end, text.getBytes(StandardCharsets.UTF_8));
            }
            if (buffer.get(position + i) != c) {
                return false;
            }
        }
        return end - position == length;
    }

    /**
     * Where the value stands in a map that has been checked before.
     *
     * @param keyType of the key: a string or a symbol
     * @return {@link EncodedValue#ABSENT} when there is no such key
     */
    static int find(ByteBuffer buffer, int map, AmqpType keyType, String key) {
        int stop = EncodedValue.checkedEnd(buffer, map);
        int at = map + 1 - 2 * FormatCode.width(buffer.get(map) & 0xff, map);
        while (at < stop) {
            int value = EncodedValue.skip(buffer, at, stop);
            if (FormatCode.type(buffer.get(at) & 0xff, at) == keyType
                    && matches(buffer, EncodedValue.variableStart(buffer, at), value, key)) {
                return value;
            }
            at = EncodedValue.skip(buffer, value, stop);
        }
        return EncodedValue.ABSENT;
    }

    /** True when these bytes begin with this text, which is ASCII. */
    static boolean startsWith(ByteBuffer buffer, int position, int end, String prefix) {
        if (end - position < prefix.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if (buffer.get(position + i) != prefix.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(ByteBuffer buffer, int position, int end, byte[] text) {
        if (end - position != text.length) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            if (buffer.get(position + i) != text[i]) {
                return false;
            }
        }
        return true;
    }
}
