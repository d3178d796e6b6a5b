package dev.godwit.broker.message;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.UnsignedLong;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads by what messages are known when they come again: by two annotations of their producer's, where they have those, else
 * by what they say under a name. Owned by one loop: it reads one after the other.
 */
public final class DuplicateIdReader {
    /** A text, symbol, binary, UUID or whole number that no other producer has. */
    public static final String PRODUCER_ID = "x-opt-godwit-producer-id";

    /** A whole number from 0 to 2^63 - 1: no two messages of a producer have the same. */
    public static final String SEQUENCE = "x-opt-godwit-sequence";

    private static final long NONE = -1;

    private final MessageKey key;
    private final MessageKey producerKey = new MessageKey(PRODUCER_ID);
    private @Nullable String objection;

    /** @param keyName as {@link MessageKey} takes it */
    public DuplicateIdReader(String keyName) {
        this.key = new MessageKey(keyName);
    }

    public String keyName() {
        return key.name();
    }

    /**
     * Reads one.
     *
     * @param encoded as {@link MessageKey#valueIn} takes it
     * @return null when the message has none: then {@link #objection} may say why it ought to
     */
    public @Nullable DuplicateId read(ByteBuffer encoded) {
        objection = null;
        try {
            var value = key.valueIn(encoded);
            var producer = key.annotation(PRODUCER_ID);
            var sequence = key.annotation(SEQUENCE);
            return producer == null && sequence == null ? idOf(value) : idOf(producer, sequence);
        } catch (AmqpDecodeException malformed) {
            // Whoever reads the message itself says so.
            return null;
        }
    }

    /**
     * Reads only what a producer numbers.
     *
     * @return as {@link #read}
     */
    public @Nullable DuplicateId readNumber(ByteBuffer encoded) {
        objection = null;
        try {
            producerKey.scanHead(encoded);
            var producer = producerKey.annotation(PRODUCER_ID);
            var sequence = producerKey.annotation(SEQUENCE);
            return producer == null && sequence == null ? null : idOf(producer, sequence);
        } catch (AmqpDecodeException malformed) {
            // Whoever reads the message itself says so.
            return null;
        }
    }

    private @Nullable DuplicateId idOf(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        var hash = key.hash(value);
        if (hash == null) {
            objection =
                    "'" + key.name() + "' tells this message from its duplicates: it must be a text, a symbol, binary,"
                            + " a UUID, a timestamp or a whole number, and not be empty; or leave it out";
            return null;
        }
        return new DuplicateId(hash.high(), hash.low(), DuplicateId.NO_SEQUENCE);
    }

    private @Nullable DuplicateId idOf(@Nullable Object producer, @Nullable Object sequence) {
        var hash = producer == null ? null : producerKey.hash(producer);
        long number = sequence == null ? NONE : wholeNumber(sequence);
        if (hash == null || number < 0) {
            objection =
                    "the message annotations " + PRODUCER_ID + " (a text, a symbol, binary, a UUID or a whole number)"
                            + " and " + SEQUENCE + " (a whole number from 0 to 2^63 - 1) belong together";
            return null;
        }
        return new DuplicateId(hash.high(), hash.low(), number);
    }

    /** Negative when it is none, or too large. */
    private static long wholeNumber(Object value) {
        // Whatever is larger is negative as a long; it must not pass for another number.
        if (value instanceof UnsignedLong number) {
            return number.bits();
        }
        return value instanceof Long number ? number : DeliveryTime.wholeNumber(value);
    }

    /** What is wrong with what the message says that was read last; null when nothing is. */
    public @Nullable ErrorCondition objection() {
        return objection == null ? null : AmqpError.INVALID_FIELD.because(objection);
    }
}
