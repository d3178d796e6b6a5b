package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message with everything in it, for those who write and read messages (AMQP 1.0 §3.2). Who only passes messages on
 * takes {@link MessageSections}. Immutable, as far as the values in its maps and its body are.
 *
 * @param deliveryAnnotations empty when there are none, as the other maps
 * @param applicationProperties in the order in which the sender wrote them; values of simple types
 * @param body {@link MessageBody.Value#NULL} for a message that came without a body
 */
public record AmqpMessage(
        Header header,
        Map<Symbol, @Nullable Object> deliveryAnnotations,
        Map<Symbol, @Nullable Object> messageAnnotations,
        MessageProperties properties,
        Map<String, @Nullable Object> applicationProperties,
        MessageBody body,
        Map<Symbol, @Nullable Object> footer) {

    private static final int ROOM_FOR_SECTIONS = 256;

    /** A message with a body and no more. */
    public static AmqpMessage of(MessageBody body) {
        return builder(body).build();
    }

    public static Builder builder(MessageBody body) {
        return new Builder(body);
    }

    public Builder toBuilder() {
        var builder = new Builder(body).header(header).properties(properties);
        builder.deliveryAnnotations.putAll(deliveryAnnotations);
        builder.messageAnnotations.putAll(messageAnnotations);
        builder.applicationProperties.putAll(applicationProperties);
        builder.footer.putAll(footer);
        return builder;
    }

    /**
     * The encoded message, in a buffer of its own.
     *
     * @throws IllegalArgumentException when AMQP cannot carry a value in it
     */
    public ByteBuffer encode() {
        int bodyBytes = body instanceof MessageBody.Data data ? data.length() : 0;
        var encoder = new AmqpEncoder(bodyBytes + ROOM_FOR_SECTIONS);
        write(encoder);
        return encoder.take();
    }

    /** Appends the encoded message. */
    public void write(AmqpEncoder encoder) {
        if (!header.equals(Header.DEFAULT)) {
            MessageHeaderCodec.write(encoder, header);
        }
        AnnotationsCodec.write(encoder, SectionCode.DELIVERY_ANNOTATIONS, deliveryAnnotations);
        AnnotationsCodec.write(encoder, SectionCode.MESSAGE_ANNOTATIONS, messageAnnotations);
        properties.write(encoder);
        writeApplicationProperties(encoder);
        BodyCodec.write(encoder, body);
        AnnotationsCodec.write(encoder, SectionCode.FOOTER, footer);
    }

    private void writeApplicationProperties(AmqpEncoder encoder) {
        if (applicationProperties.isEmpty()) {
            return;
        }
        for (Object value : applicationProperties.values()) {
            if (value instanceof DescribedValue || AmqpType.of(value).isCompound()) {
                throw new IllegalArgumentException("an application property is of a simple type: " + value);
            }
        }
        encoder.writeDescriptor(SectionCode.APPLICATION_PROPERTIES);
        encoder.writeMap(applicationProperties);
    }

    /**
     * Reads a message, from position to limit. Binaries in it, data sections above all, are views of the buffer: nobody
     * may write to that again. Annotations whose keys are numbers are left out: they are reserved, and none is defined.
     *
     * @throws AmqpDecodeException when these bytes are not a message
     */
    public static AmqpMessage decode(ByteBuffer encoded) {
        return decode(encoded, new MessageSections());
    }

    /** As {@link #decode(ByteBuffer)}, with a scanner to use again for many messages. */
    public static AmqpMessage decode(ByteBuffer encoded, MessageSections sections) {
        sections.scan(encoded);
        var header = new Header(
                sections.isDurable(),
                sections.priority(),
                sections.ttlMillis(),
                sections.isFirstAcquirer(),
                sections.deliveryCount());
        return new AmqpMessage(
                header,
                annotations(sections.deliveryAnnotations()),
                annotations(sections.messageAnnotations()),
                sections.properties(),
                sections.applicationProperties(),
                BodyCodec.read(encoded, sections),
                annotations(sections.footer()));
    }

    private static Map<Symbol, @Nullable Object> annotations(Map<Object, @Nullable Object> read) {
        if (read.isEmpty()) {
            return Map.of();
        }
        var annotations = new LinkedHashMap<Symbol, @Nullable Object>();
        read.forEach((key, value) -> {
            if (key instanceof Symbol symbol) {
                annotations.put(symbol, value);
            }
        });
        return Collections.unmodifiableMap(annotations);
    }

    /** Gathers the parts of a message. */
    public static final class Builder {
        private final Map<Symbol, @Nullable Object> deliveryAnnotations = new LinkedHashMap<>();
        private final Map<Symbol, @Nullable Object> messageAnnotations = new LinkedHashMap<>();
        private final Map<String, @Nullable Object> applicationProperties = new LinkedHashMap<>();
        private final Map<Symbol, @Nullable Object> footer = new LinkedHashMap<>();
        private Header header = Header.DEFAULT;
        private MessageProperties properties = MessageProperties.NONE;
        private final MessageBody body;

        private Builder(MessageBody body) {
            this.body = body;
        }

        public Builder header(Header newHeader) {
            header = newHeader;
            return this;
        }

        public Builder deliveryAnnotation(Symbol key, @Nullable Object value) {
            deliveryAnnotations.put(key, value);
            return this;
        }

        public Builder messageAnnotation(Symbol key, @Nullable Object value) {
            messageAnnotations.put(key, value);
            return this;
        }

        public Builder properties(MessageProperties newProperties) {
            properties = newProperties;
            return this;
        }

        public Builder applicationProperty(String name, @Nullable Object value) {
            applicationProperties.put(name, value);
            return this;
        }

        public Builder footer(Symbol key, @Nullable Object value) {
            footer.put(key, value);
            return this;
        }

        /** The message; the builder must not be used any more. */
        public AmqpMessage build() {
            return new AmqpMessage(
                    header,
                    Collections.unmodifiableMap(deliveryAnnotations),
                    Collections.unmodifiableMap(messageAnnotations),
                    properties,
                    Collections.unmodifiableMap(applicationProperties),
                    body,
                    Collections.unmodifiableMap(footer));
        }
    }
}
