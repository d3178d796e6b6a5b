package dev.godwit.amqp.message;

import java.nio.ByteBuffer;

/**
 * Writes header sections (AMQP 1.0 §3.2.1). A broker sends a message on as a new header, and then the original bytes from
 * {@link MessageSections#messageAnnotationsOffset}: so neither the old header nor the last hop's delivery annotations go
 * along.
 */
public final class MessageHeaderCodec {
    /** Bytes that no header section exceeds. */
    public static final int MAX_BYTES = 32;

    private MessageHeaderCodec() {}

    /** A header section with as many fields as are not the default, in a buffer of its own. */
    public static ByteBuffer encode(Header header) {
        var encoder = new AmqpEncoder(MAX_BYTES);
        write(encoder, header);
        return encoder.take();
    }

    /** Appends a header section. */
    public static void write(AmqpEncoder encoder, Header header) {
        encoder.writeDescriptor(SectionCode.HEADER);
        int count = fieldCount(header);
        int mark = encoder.beginList();
        for (int field = 0; field < count; field++) {
            writeField(encoder, header, field);
        }
        encoder.endList(mark, count);
    }

    private static int fieldCount(Header header) {
        if (header.deliveryCount() != 0) {
            return 5;
        } else if (header.firstAcquirer()) {
            return 4;
        } else if (header.hasTtl()) {
            return 3;
        } else if (header.priority() != Header.DEFAULT_PRIORITY) {
            return 2;
        }
        return header.durable() ? 1 : 0;
    }

    private static void writeField(AmqpEncoder encoder, Header header, int field) {
        switch (field) {
            case 0 -> encoder.writeBoolean(header.durable());
            case 1 -> encoder.writeUbyte(header.priority());
            case 2 -> {
                if (header.hasTtl()) {
                    encoder.writeUint((int) header.ttlMillis());
                } else {
                    encoder.writeNull();
                }
            }
            case 3 -> encoder.writeBoolean(header.firstAcquirer());
            default -> encoder.writeUint((int) header.deliveryCount());
        }
    }
}
