package dev.godwit.amqp.message;

import dev.godwit.amqp.type.Binary;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes and reads the sections of a message's body (AMQP 1.0 §3.2.6 to §3.2.8). */
final class BodyCodec {
    private BodyCodec() {}

    static void write(AmqpEncoder encoder, MessageBody body) {
        if (body instanceof MessageBody.Data data) {
            for (Binary section : data.sections()) {
                encoder.writeDescriptor(SectionCode.DATA);
                encoder.writeBinary(section);
            }
        } else if (body instanceof MessageBody.Sequence sequence) {
            for (List<@Nullable Object> section : sequence.sections()) {
                encoder.writeDescriptor(SectionCode.SEQUENCE);
                encoder.writeList(section);
            }
        } else {
            encoder.writeDescriptor(SectionCode.VALUE);
            encoder.writeValue(((MessageBody.Value) body).value());
        }
    }

    /** Reads the body of a message that has just been scanned, and opens it for the first time. */
    static MessageBody read(ByteBuffer message, MessageSections sections) {
        int end = message.position() + sections.footerOffset();
        int at = message.position() + sections.bodyOffset();
        var decoder = new AmqpDecoder(message);
        var values = new ArrayList<@Nullable Object>(1);
        while (at < end) {
            int descriptorEnd = EncodedValue.skip(message, at + 1, end);
            decoder.reset(message, descriptorEnd, end);
            values.add(decoder.readValue());
            at = decoder.position();
        }
        return switch (sections.bodyKind()) {
            case NONE -> MessageBody.Value.NULL;
            case DATA -> new MessageBody.Data(sectionsOf(values));
            case SEQUENCE -> new MessageBody.Sequence(sectionsOf(values));
            case VALUE -> new MessageBody.Value(values.get(0));
        };
    }

    @SuppressWarnings("unchecked") // the scanner has seen that all are binaries, or all are lists
    private static <T> List<T> sectionsOf(List<@Nullable Object> values) {
        return (List<T>) values;
    }
}
