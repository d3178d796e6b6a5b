package dev.godwit.distribution.perf;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Symbol;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;

/**
 * The messages of one producer: encoded once, then only stamped with who sent it, its number and when. Owned by the
 * producer's event loop.
 *
 * <p>A stamp is at the beginning of the data: mark (int), producer (int), run (long), sequence (long), time (long).
 */
final class PayloadTemplate {
    /** The smallest message: nothing but a stamp. */
    static final int SIZE_BYTES_MIN = 2 * Integer.BYTES + 3 * Long.BYTES;

    private static final int MARK = 0x47575031;
    private static final int PRODUCER_OFFSET = 4;
    private static final int RUN_OFFSET = 8;
    private static final int SEQUENCE_OFFSET = 16;
    private static final int TIME_OFFSET = 24;

    private static final Symbol DELIVERY_TIME = Symbol.of("x-opt-delivery-time");

    private final byte[] head;
    private final int stampOffset;
    private final ByteBuffer rest;

    /** @param deliveryDelayMillis from now until the messages are to be given out; 0 for as soon as they come */
    PayloadTemplate(int sizeBytes, boolean durable, long deliveryDelayMillis, long runId, int producer) {
        byte[] data = new byte[sizeBytes];
        new Random(producer).nextBytes(data);
        ByteBuffer.wrap(data).putInt(MARK).putInt(producer).putLong(runId);
        var message = AmqpMessage.builder(MessageBody.Data.of(data)).header(durable ? Header.DURABLE : Header.DEFAULT);
        if (deliveryDelayMillis > 0) {
            message.messageAnnotation(DELIVERY_TIME, System.currentTimeMillis() + deliveryDelayMillis);
        }
        ByteBuffer encoded = message.build().encode();
        var sections = new MessageSections();
        sections.scan(encoded);
        int dataLength = Objects.requireNonNull(sections.firstData()).remaining();
        stampOffset = encoded.remaining() - dataLength;
        head = new byte[stampOffset + SIZE_BYTES_MIN];
        encoded.get(head);
        rest = encoded.slice();
    }

    /** The beginning of a message, to be stamped; it may be stamped again when the message is gone. */
    ByteBuffer newHead() {
        return ByteBuffer.wrap(head.clone());
    }

    void stamp(ByteBuffer newHead, long sequence, long timeNanos) {
        newHead.clear();
        newHead.putLong(stampOffset + SEQUENCE_OFFSET, sequence);
        newHead.putLong(stampOffset + TIME_OFFSET, timeNanos);
    }

    /** What follows the beginning, in every message the same. */
    ByteBuffer rest() {
        return rest;
    }

    /** Whether this is the data of a message of that run. */
    static boolean isOfRun(ByteBuffer data, long runId) {
        int position = data.position();
        return data.remaining() >= SIZE_BYTES_MIN
                && data.getInt(position) == MARK
                && data.getLong(position + RUN_OFFSET) == runId;
    }

    static int producer(ByteBuffer data) {
        return data.getInt(data.position() + PRODUCER_OFFSET);
    }

    static long sequence(ByteBuffer data) {
        return data.getLong(data.position() + SEQUENCE_OFFSET);
    }

    /** {@link System#nanoTime} when the message was due. */
    static long timeNanos(ByteBuffer data) {
        return data.getLong(data.position() + TIME_OFFSET);
    }
}
