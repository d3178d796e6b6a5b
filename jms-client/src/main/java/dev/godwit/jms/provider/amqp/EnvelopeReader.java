package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody.Data;
import dev.godwit.amqp.message.MessageBody.Sequence;
import dev.godwit.amqp.message.MessageBody.Value;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages by the AMQP-JMS mapping: those of clients that follow it, and those of clients that have never heard of
 * it, whose message type follows from the shape of the body. Immutable, for any thread.
 */
final class EnvelopeReader {
    private final AddressMapping addresses;

    EnvelopeReader(AddressMapping addresses) {
        this.addresses = addresses;
    }

    /**
     * Reads an encoded message.
     *
     * @param consumed where it was consumed from
     * @param arrivalMillis when it came, on the clock of the wall: its time to live counts from there
     * @throws ProviderException with {@code MESSAGE_FORMAT} when it is none
     */
    MessageEnvelope read(ByteBuffer encoded, Address consumed, long arrivalMillis) {
        try {
            return toEnvelope(AmqpMessage.decode(encoded), consumed, arrivalMillis);
        } catch (AmqpDecodeException malformed) {
            throw new ProviderException(
                    ProviderException.Reason.MESSAGE_FORMAT, String.valueOf(malformed.getMessage()), malformed);
        }
    }

    /** The priority alone of an encoded message; the usual one when it is none. */
    static int priority(ByteBuffer encoded) {
        MessageSections sections = new MessageSections();
        try {
            sections.scan(encoded);
        } catch (AmqpDecodeException malformed) {
            return MessageEnvelope.DEFAULT_PRIORITY;
        }
        return inRange(sections.priority());
    }

    /** AMQP has more priorities than JMS, and the highest ones are one here. */
    private static int inRange(int priority) {
        return Math.min(priority, MessageEnvelope.PRIORITY_MAX);
    }

    MessageEnvelope toEnvelope(AmqpMessage message, Address consumed, long arrivalMillis) {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setPersistent(message.header().durable());
        envelope.setPriority(inRange(message.header().priority()));
        envelope.setRedeliveries((int) Math.min(message.header().deliveryCount(), Integer.MAX_VALUE - 1));
        readProperties(message, consumed, envelope);
        readTimes(message, arrivalMillis, envelope);
        message.applicationProperties()
                .forEach((name, value) -> envelope.putProperty(name, PlainValues.property(value)));
        envelope.setBody(body(message));
        readTraceContext(message, envelope);
        return envelope;
    }

    /** What stands in an annotation comes before the properties, which nobody may change on the way. */
    private static void readTraceContext(AmqpMessage message, MessageEnvelope envelope) {
        Map<String, String> context = new LinkedHashMap<>();
        if (message.messageAnnotations().get(MappingNames.TRACE_CONTEXT) instanceof Map<?, ?> texts) {
            texts.forEach((name, text) -> putText(context, String.valueOf(name), text));
        } else {
            for (String name : new String[] {MappingNames.TRACE_PARENT, MappingNames.TRACE_STATE}) {
                putText(context, name, message.applicationProperties().get(name));
            }
        }
        if (!context.isEmpty()) {
            envelope.setTraceContext(context);
        }
    }

    private static void putText(Map<String, String> context, String name, @Nullable Object value) {
        if (value instanceof String text) {
            context.put(name, text);
        }
    }

    private void readProperties(AmqpMessage message, Address consumed, MessageEnvelope envelope) {
        MessageProperties properties = message.properties();
        Map<Symbol, @Nullable Object> annotations = message.messageAnnotations();
        envelope.setMessageId(MessageIdText.toMessageId(properties.messageId()));
        envelope.setCorrelationId(MessageIdText.toCorrelationId(properties.correlationId()));
        Address destination = addresses.fromWire(properties.to(), annotations.get(MappingNames.DESTINATION), consumed);
        envelope.setDestination(destination == null ? consumed : destination);
        envelope.setReplyTo(addresses.fromWire(properties.replyTo(), annotations.get(MappingNames.REPLY_TO), consumed));
        envelope.setType(properties.subject());
        Binary userId = properties.userId();
        envelope.setUserId(
                userId == null || userId.length() == 0
                        ? null
                        : StandardCharsets.UTF_8.decode(userId.asByteBuffer()).toString());
        envelope.setGroupId(properties.groupId());
        UnsignedInteger groupSequence = properties.groupSequence();
        envelope.setGroupSequence(groupSequence == null ? null : (Integer) groupSequence.bits());
        envelope.setReplyToGroupId(properties.replyToGroupId());
    }

    private static void readTimes(AmqpMessage message, long arrivalMillis, MessageEnvelope envelope) {
        Instant creation = message.properties().creationTime();
        Instant expiry = message.properties().absoluteExpiryTime();
        long timestamp = creation == null ? 0 : creation.toEpochMilli();
        envelope.setTimestampMillis(timestamp);
        if (expiry != null) {
            envelope.setExpirationMillis(expiry.toEpochMilli());
        } else if (message.header().hasTtl()) {
            envelope.setExpirationMillis(arrivalMillis + message.header().ttlMillis());
        }
        Object deliveryTime = PlainValues.body(message.messageAnnotations().get(MappingNames.DELIVERY_TIME));
        envelope.setDeliveryTime(deliveryTime instanceof Number millis ? millis.longValue() : timestamp, false);
    }

    private static MessageBody body(AmqpMessage message) {
        MessageType type = type(message.messageAnnotations().get(MappingNames.MESSAGE_TYPE));
        return type == null ? bodyByShape(message) : bodyByType(type, message);
    }

    private static @Nullable MessageType type(@Nullable Object annotation) {
        if (annotation == null) {
            return null;
        }
        for (MessageType type : MessageType.values()) {
            if (annotation instanceof Byte code && code == type.code()) {
                return type;
            }
        }
        throw unreadable("no such message type: " + annotation);
    }

    private static MessageBody bodyByType(MessageType type, AmqpMessage message) {
        return switch (type) {
            case MESSAGE -> MessageBody.None.INSTANCE;
            case TEXT -> text(message);
            case BYTES -> bytes(message.body());
            case MAP -> entries(message.body());
            case STREAM -> items(message.body());
            case OBJECT -> object(message);
        };
    }

    private static MessageBody bodyByShape(AmqpMessage message) {
        Symbol contentType = message.properties().contentType();
        if (message.body() instanceof Data) {
            if (MappingNames.SERIALIZED_OBJECT.equals(contentType)) {
                return object(message);
            }
            return charset(contentType) == null ? bytes(message.body()) : text(message);
        }
        if (message.body() instanceof Value value) {
            if (value.value() == null || value.value() instanceof String) {
                return text(message);
            }
            if (value.value() instanceof Binary) {
                return bytes(message.body());
            }
        }
        return object(message);
    }

    private static MessageBody text(AmqpMessage message) {
        if (message.body() instanceof Data data) {
            Charset charset = charset(message.properties().contentType());
            return new MessageBody.Text((charset == null ? StandardCharsets.UTF_8 : charset)
                    .decode(joined(data))
                    .toString());
        }
        if (message.body() instanceof Value value) {
            if (value.value() == null || value.value() instanceof String) {
                return new MessageBody.Text((String) value.value());
            }
        }
        throw unreadable("a text message whose body is no text");
    }

    private static MessageBody bytes(dev.godwit.amqp.message.MessageBody body) {
        if (body instanceof Data data) {
            return new MessageBody.Bytes(joined(data));
        }
        if (body instanceof Value value) {
            if (value.value() == null) {
                return new MessageBody.Bytes(ByteBuffer.allocate(0));
            }
            if (value.value() instanceof Binary binary) {
                return new MessageBody.Bytes(binary.asByteBuffer());
            }
        }
        throw unreadable("a bytes message whose body is no bytes");
    }

    private static MessageBody entries(dev.godwit.amqp.message.MessageBody body) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        if (body instanceof Value value && value.value() instanceof Map<?, ?> map) {
            map.forEach((name, entry) -> entries.put(String.valueOf(name), PlainValues.body(entry)));
        } else if (!(body instanceof Value value && value.value() == null)) {
            throw unreadable("a map message whose body is no map");
        }
        return new MessageBody.Entries(entries);
    }

    private static MessageBody items(dev.godwit.amqp.message.MessageBody body) {
        List<@Nullable Object> items = new ArrayList<>();
        if (body instanceof Sequence sequence) {
            for (List<@Nullable Object> section : sequence.sections()) {
                section.forEach(item -> items.add(PlainValues.body(item)));
            }
        } else if (body instanceof Value value && value.value() instanceof List<?> list) {
            list.forEach(item -> items.add(PlainValues.body(item)));
        } else if (!(body instanceof Value value && value.value() == null)) {
            throw unreadable("a stream message whose body is no list");
        }
        return new MessageBody.Items(items);
    }

    private static MessageBody object(AmqpMessage message) {
        if (message.body() instanceof Data data) {
            ByteBuffer bytes = joined(data);
            if (MappingNames.SERIALIZED_OBJECT.equals(message.properties().contentType())) {
                return new MessageBody.SerializedObject(bytes);
            }
            byte[] array = new byte[bytes.remaining()];
            bytes.get(array);
            return new MessageBody.PlainObject(array);
        }
        if (message.body() instanceof Sequence) {
            return new MessageBody.PlainObject(((MessageBody.Items) items(message.body())).items());
        }
        return new MessageBody.PlainObject(PlainValues.body(((Value) message.body()).value()));
    }

    private static ByteBuffer joined(Data data) {
        if (data.sections().size() == 1) {
            return data.sections().get(0).asByteBuffer();
        }
        byte[] all = new byte[data.length()];
        int offset = 0;
        for (Binary section : data.sections()) {
            section.copyTo(all, offset);
            offset += section.length();
        }
        return ByteBuffer.wrap(all);
    }

    /** The character set of a content type that is text; null when it is not text. */
    private static @Nullable Charset charset(@Nullable Symbol contentType) {
        if (contentType == null) {
            return null;
        }
        String[] parts = contentType.value().toLowerCase(Locale.ROOT).split(";", -1);
        String type = parts[0].strip();
        boolean isText = type.startsWith("text/")
                || type.endsWith("/xml")
                || type.endsWith("+xml")
                || type.endsWith("/json")
                || type.endsWith("+json")
                || type.equals("application/xml-dtd")
                || type.equals("application/javascript")
                || type.equals("application/ecmascript");
        if (!isText) {
            return null;
        }
        for (String part : parts) {
            String parameter = part.strip();
            if (parameter.startsWith("charset=")) {
                String name = parameter.substring("charset=".length()).replace("\"", "");
                return isKnown(name) ? Charset.forName(name) : null;
            }
        }
        return StandardCharsets.UTF_8;
    }

    private static boolean isKnown(String charset) {
        try {
            return Charset.isSupported(charset);
        } catch (IllegalArgumentException notAName) {
            return false;
        }
    }

    private static ProviderException unreadable(String what) {
        return new ProviderException(ProviderException.Reason.MESSAGE_FORMAT, what);
    }
}
