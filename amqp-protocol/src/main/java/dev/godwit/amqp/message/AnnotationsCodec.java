package dev.godwit.amqp.message;

import dev.godwit.amqp.type.Symbol;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes sections of annotations (AMQP 1.0 §3.2.2, §3.2.3). */
public final class AnnotationsCodec {
    private AnnotationsCodec() {}

    /** A message-annotations section, in a buffer of its own; no bytes when there are no annotations. */
    public static ByteBuffer encodeMessageAnnotations(Map<Symbol, ?> annotations) {
        var encoder = new AmqpEncoder();
        write(encoder, SectionCode.MESSAGE_ANNOTATIONS, annotations);
        return encoder.take();
    }

    /**
     * The message-annotations section of a message with further entries, each in place of an older one of its name. To be
     * sent instead of the bytes from {@link MessageSections#messageAnnotationsOffset} to
     * {@link MessageSections#propertiesOffset}.
     */
    public static ByteBuffer mergeMessageAnnotations(MessageSections message, Map<Symbol, ?> further) {
        var merged = new LinkedHashMap<Object, Object>(message.messageAnnotations());
        merged.putAll(further);
        var encoder = new AmqpEncoder();
        write(encoder, SectionCode.MESSAGE_ANNOTATIONS, merged);
        return encoder.take();
    }

    /** Appends a section, or nothing when it would be empty. */
    static void write(AmqpEncoder encoder, int section, Map<?, ?> annotations) {
        if (!annotations.isEmpty()) {
            encoder.writeDescriptor(section);
            encoder.writeMap(annotations);
        }
    }
}
