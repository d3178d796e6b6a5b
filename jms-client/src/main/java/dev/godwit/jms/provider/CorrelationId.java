package dev.godwit.jms.provider;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What ties a message to another: text, or bytes of another system. Immutable.
 *
 * <p>Bytes have a text form too, the one of the AMQP-JMS mapping ({@code ID:AMQP_BINARY:} and upper-case hexadecimal), so
 * that an id that was copied as text means the same bytes again.
 */
public final class CorrelationId {
    public static final String BINARY_PREFIX = "ID:AMQP_BINARY:";

    private final String text;
    private final byte @Nullable [] bytes;

    private CorrelationId(String text, byte @Nullable [] bytes) {
        this.text = text;
        this.bytes = bytes;
    }

    /** An id by its text, which may be the text form of bytes. */
    public static CorrelationId of(String text) {
        if (text.startsWith(BINARY_PREFIX)) {
            try {
                return new CorrelationId(text, HexFormat.of().parseHex(text.substring(BINARY_PREFIX.length())));
            } catch (IllegalArgumentException notHexadecimal) {
                return new CorrelationId(text, null);
            }
        }
        return new CorrelationId(text, null);
    }

    public static CorrelationId of(byte[] bytes) {
        return new CorrelationId(BINARY_PREFIX + HexFormat.of().withUpperCase().formatHex(bytes), bytes.clone());
    }

    public String text() {
        return text;
    }

    /** A copy of the bytes; null when this is text. */
    public byte @Nullable [] bytes() {
        return bytes == null ? null : bytes.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CorrelationId that && text.equals(that.text) && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
