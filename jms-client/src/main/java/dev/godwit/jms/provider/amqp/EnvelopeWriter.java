package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody.Data;
import dev.godwit.amqp.message.MessageBody.Sequence;
import dev.godwit.amqp.message.MessageBody.Value;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.CorrelationId;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProducerNumber;
import dev.godwit.jms.provider.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes messages by the AMQP-JMS mapping, so that every client that follows it reads them as they were meant. Stateless. */
final class EnvelopeWriter {
    private static final long TTL_END_MILLIS = 0xFFFF_FFFFL;

    private final AddressMapping addresses;

    EnvelopeWriter(AddressMapping addresses) {
        this.addresses = addresses;
    }

    /**
     * The encoded message.
     *
     * @throws ProviderException with {@code MESSAGE_FORMAT} when something in it has no form on the wire
     */
    ByteBuffer write(MessageEnvelope envelope) {
        return write(envelope, null);
    }

    /**
     * The encoded message.
     *
     * @param number by which the broker knows it again; null for nothing
     * @throws ProviderException with {@code MESSAGE_FORMAT} when something in it has no form on the wire
     */
    ByteBuffer write(MessageEnvelope envelope, @Nullable ProducerNumber number) {
        try {
            return toAmqp(envelope, number).encode();
        } catch (IllegalArgumentException unwritable) {
            throw new ProviderException(
                    ProviderException.Reason.MESSAGE_FORMAT, String.valueOf(unwritable.getMessage()), unwritable);
        }
    }

    /**
     * An encoded message with other destinations.
     *
     * @param destination null for what it says
     * @param replyTo null for what it says
     */
    ByteBuffer readdress(ByteBuffer encoded, @Nullable Address destination, @Nullable Address replyTo) {
        try {
            AmqpMessage message = AmqpMessage.decode(encoded.duplicate());
            MessageProperties.Builder properties = message.properties().toBuilder();
            if (destination != null) {
                properties.to(addresses.toWire(destination));
            }
            if (replyTo != null) {
                properties.replyTo(addresses.toWire(replyTo));
            }
            return message.toBuilder().properties(properties.build()).build().encode();
        } catch (AmqpDecodeException impossible) {
            throw new IllegalStateException("what we have written ourselves cannot be read", impossible);
        }
    }

    AmqpMessage toAmqp(MessageEnvelope envelope, @Nullable ProducerNumber number) {
        MessageBody body = envelope.body();
        AmqpMessage.Builder message = AmqpMessage.builder(body(body)).header(header(envelope));
        annotate(message, envelope);
        if (number != null) {
            message.messageAnnotation(MappingNames.PRODUCER_ID, number.producerId());
            message.messageAnnotation(MappingNames.SEQUENCE, number.sequence());
        }
        message.properties(properties(envelope, contentType(body)));
        envelope.properties().forEach(message::applicationProperty);
        return message.build();
    }

    private static Header header(MessageEnvelope envelope) {
        Long override = envelope.timeToLiveOverrideMillis();
        long ttl = override == null ? envelope.timeToLiveMillis() : override;
        if (ttl >= TTL_END_MILLIS) {
            // Too long for the header's ttl: the absolute expiry time says it alone.
            ttl = 0;
        }
        if (ttl == 0 && envelope.priority() == Header.DEFAULT_PRIORITY) {
            return envelope.isPersistent() ? Header.DURABLE : Header.DEFAULT;
        }
        return new Header(
                envelope.isPersistent(), envelope.priority(), ttl == 0 ? MessageSections.NO_TTL : ttl, false, 0);
    }

    private static void annotate(AmqpMessage.Builder message, MessageEnvelope envelope) {
        message.messageAnnotation(
                MappingNames.MESSAGE_TYPE, type(envelope.body()).code());
        Address destination = envelope.destination();
        if (destination != null) {
            message.messageAnnotation(MappingNames.DESTINATION, AddressMapping.annotation(destination.kind()));
        }
        Address replyTo = envelope.replyTo();
        if (replyTo != null) {
            message.messageAnnotation(MappingNames.REPLY_TO, AddressMapping.annotation(replyTo.kind()));
        }
        if (!envelope.traceContext().isEmpty()) {
            message.messageAnnotation(MappingNames.TRACE_CONTEXT, envelope.traceContext());
        }
        if (envelope.isDeliveryDelayed()) {
            message.messageAnnotation(MappingNames.DELIVERY_TIME, envelope.deliveryTimeMillis());
        }
    }

    private MessageProperties properties(MessageEnvelope envelope, @Nullable Symbol contentType) {
        Integer groupSequence = envelope.groupSequence();
        String userId = envelope.userId();
        return MessageProperties.builder()
                .messageId(MessageIdText.toWire(envelope.messageId()))
                .userId(userId == null ? null : Binary.copyOf(userId.getBytes(StandardCharsets.UTF_8)))
                .to(address(envelope.destination()))
                .subject(envelope.type())
                .replyTo(address(envelope.replyTo()))
                .correlationId(correlationId(envelope.correlationId()))
                .contentType(contentType)
                .absoluteExpiryTime(instant(envelope.expirationMillis()))
                .creationTime(instant(envelope.timestampMillis()))
                .groupId(envelope.groupId())
                .groupSequence(groupSequence == null ? null : new UnsignedInteger(groupSequence))
                .replyToGroupId(envelope.replyToGroupId())
                .build();
    }

    private @Nullable String address(@Nullable Address address) {
        return address == null ? null : addresses.toWire(address);
    }

    private static @Nullable Object correlationId(@Nullable CorrelationId id) {
        if (id == null) {
            return null;
        }
        byte[] bytes = id.bytes();
        return bytes == null ? MessageIdText.toWire(id.text()) : Binary.copyOf(bytes);
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    private static MessageType type(MessageBody body) {
        if (body instanceof MessageBody.Text) {
            return MessageType.TEXT;
        }
        if (body instanceof MessageBody.Bytes) {
            return MessageType.BYTES;
        }
        if (body instanceof MessageBody.Entries) {
            return MessageType.MAP;
        }
        if (body instanceof MessageBody.Items) {
            return MessageType.STREAM;
        }
        return body instanceof MessageBody.None ? MessageType.MESSAGE : MessageType.OBJECT;
    }

    private static @Nullable Symbol contentType(MessageBody body) {
        if (body instanceof MessageBody.Bytes) {
            return MappingNames.OCTET_STREAM;
        }
        return body instanceof MessageBody.SerializedObject ? MappingNames.SERIALIZED_OBJECT : null;
    }

    private static dev.godwit.amqp.message.MessageBody body(MessageBody body) {
        if (body instanceof MessageBody.Text text) {
            return new Value(text.text());
        }
        if (body instanceof MessageBody.Bytes bytes) {
            return Data.of(bytes.bytes());
        }
        if (body instanceof MessageBody.SerializedObject object) {
            return Data.of(object.bytes());
        }
        if (body instanceof MessageBody.Entries entries) {
            Map<String, @Nullable Object> wire = new LinkedHashMap<>();
            entries.entries().forEach((name, value) -> wire.put(name, PlainValues.toWire(value)));
            return new Value(wire);
        }
        if (body instanceof MessageBody.Items items) {
            List<@Nullable Object> wire = new ArrayList<>(items.items().size());
            items.items().forEach(item -> wire.add(PlainValues.toWire(item)));
            return new Sequence(List.of(wire));
        }
        if (body instanceof MessageBody.PlainObject object) {
            return new Value(PlainValues.toWire(object.value()));
        }
        return Value.NULL;
    }
}
