package dev.godwit.amqp.message;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A message that is encoded once and sent many times, each time with two numbers of its own at the beginning of its data.
 * Immutable. For those who send more messages than they could encode.
 */
public final class MessageTemplate {
    /** What {@link #stamp} overwrites of the data: two numbers. */
    public static final int STAMP_BYTES = 2 * Long.BYTES;

    private final byte[] encoded;
    private final int stampOffset;

    /**
     * Encodes a message for the first and last time.
     *
     * @throws IllegalArgumentException unless it begins with {@link #STAMP_BYTES} or more of data
     */
    public MessageTemplate(AmqpMessage message) {
        ByteBuffer buffer = message.encode();
        var sections = new MessageSections();
        sections.scan(buffer);
        ByteBuffer data = sections.firstData();
        if (data == null || data.remaining() < STAMP_BYTES) {
            throw new IllegalArgumentException("a template needs " + STAMP_BYTES + " bytes of data in front");
        }
        encoded = new byte[buffer.remaining()];
        buffer.get(buffer.position(), encoded);
        stampOffset = data.arrayOffset() - buffer.arrayOffset() - buffer.position();
    }

    /** Bytes of each message. */
    public int length() {
        return encoded.length;
    }

    /** The encoded message with these numbers in it, in a buffer of its own. */
    public ByteBuffer stamp(long first, long second) {
        var copy = ByteBuffer.wrap(encoded.clone());
        copy.putLong(stampOffset, first);
        copy.putLong(stampOffset + Long.BYTES, second);
        return copy;
    }

    /** The first number of a stamped message that was scanned; {@code absent} when it has none. */
    public static long firstNumber(MessageSections sections, long absent) {
        return number(sections.firstData(), 0, absent);
    }

    /** The second number of a stamped message that was scanned; {@code absent} when it has none. */
    public static long secondNumber(MessageSections sections, long absent) {
        return number(sections.firstData(), Long.BYTES, absent);
    }

    private static long number(@Nullable ByteBuffer data, int offset, long absent) {
        return data == null || data.remaining() < STAMP_BYTES ? absent : data.getLong(offset);
    }
}
