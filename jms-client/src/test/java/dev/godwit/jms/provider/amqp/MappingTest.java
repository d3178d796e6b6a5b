package dev.godwit.jms.provider.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody.Data;
import dev.godwit.amqp.message.MessageBody.Sequence;
import dev.godwit.amqp.message.MessageBody.Value;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.CorrelationId;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The sections of a message, written and read, against the AMQP-JMS mapping as other clients follow it. */
class MappingTest {
    private static final Symbol TYPE = Symbol.of("x-opt-jms-msg-type");
    private static final Address QUEUE = Address.queue("q");
    private static final long NOW = 1_700_000_000_000L;

    private final EnvelopeWriter writer = new EnvelopeWriter(AddressMapping.PLAIN);
    private final EnvelopeReader reader = new EnvelopeReader(AddressMapping.PLAIN);

    private AmqpMessage written(MessageBody body) {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setBody(body);
        return AmqpMessage.decode(writer.write(envelope));
    }

    private MessageEnvelope read(AmqpMessage message) {
        return reader.read(message.encode(), QUEUE, NOW);
    }

    @Test
    void textIsAStringValue() {
        AmqpMessage message = written(new MessageBody.Text("t"));
        assertThat(message.body()).isEqualTo(new Value("t"));
        assertThat(message.messageAnnotations()).containsEntry(TYPE, (byte) 5);
        assertThat(message.properties().contentType()).isNull();
        assertThat(written(new MessageBody.Text(null)).body()).isEqualTo(new Value(null));
    }

    @Test
    void prioritiesAreReadAlone() {
        for (int[] each : new int[][] {{0, 0}, {4, 4}, {9, 9}, {12, 9}, {255, 9}}) {
            AmqpMessage message = AmqpMessage.builder(new Value("t"))
                    .header(new Header(false, each[0], MessageSections.NO_TTL, false, 0))
                    .build();
            assertThat(EnvelopeReader.priority(message.encode())).isEqualTo(each[1]);
            assertThat(read(message).priority()).isEqualTo(each[1]);
        }
        assertThat(EnvelopeReader.priority(ByteBuffer.wrap(new byte[] {1, 2, 3})))
                .isEqualTo(4);
    }

    @Test
    void bytesAreDataOfOctets() {
        AmqpMessage message = written(new MessageBody.Bytes(ByteBuffer.wrap(new byte[] {1, 2})));
        assertThat(message.body()).isEqualTo(Data.of(new byte[] {1, 2}));
        assertThat(message.messageAnnotations()).containsEntry(TYPE, (byte) 3);
        assertThat(message.properties().contentType()).isEqualTo(Symbol.of("application/octet-stream"));
    }

    @Test
    void mapIsAMapValueInItsOrder() {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        entries.put("b", new byte[] {1});
        entries.put("a", 'c');
        entries.put("n", null);
        AmqpMessage message = written(new MessageBody.Entries(entries));
        assertThat(message.messageAnnotations()).containsEntry(TYPE, (byte) 2);
        Map<?, ?> map = (Map<?, ?>) Objects.requireNonNull(((Value) message.body()).value());
        assertThat(new ArrayList<Object>(map.keySet())).isEqualTo(List.of("b", "a", "n"));
        assertThat((Object) map.get("b")).isEqualTo(Binary.copyOf(new byte[] {1}));
        assertThat((Object) map.get("a")).isEqualTo('c');
    }

    @Test
    void streamIsASequence() {
        AmqpMessage message = written(new MessageBody.Items(Arrays.asList(1, null, "s", new byte[] {9})));
        assertThat(message.messageAnnotations()).containsEntry(TYPE, (byte) 4);
        assertThat(message.body())
                .isEqualTo(new Sequence(List.of(Arrays.asList(1, null, "s", Binary.copyOf(new byte[] {9})))));
    }

    @Test
    void objectIsDataOfItsSerialisedForm() {
        AmqpMessage message = written(new MessageBody.SerializedObject(ByteBuffer.wrap(new byte[] {7})));
        assertThat(message.messageAnnotations()).containsEntry(TYPE, (byte) 1);
        assertThat(message.properties().contentType()).isEqualTo(Symbol.of("application/x-java-serialized-object"));
        assertThat(message.body()).isEqualTo(Data.of(new byte[] {7}));
    }

    @Test
    void lifeTooLongForTheHeaderIsInTheExpiryTimeAlone() {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setTimeToLiveMillis(0xFFFF_FFFFL);
        envelope.setExpirationMillis(NOW + 0xFFFF_FFFFL);
        AmqpMessage message = AmqpMessage.decode(writer.write(envelope));
        assertThat(message.header()).isEqualTo(Header.DURABLE);
        assertThat(message.properties().absoluteExpiryTime()).isNotNull();
    }

    @Test
    void plainMessageSaysNothing() {
        AmqpMessage message = written(MessageBody.None.INSTANCE);
        assertThat(message.messageAnnotations()).containsEntry(TYPE, (byte) 0);
        assertThat(message.body()).isEqualTo(Value.NULL);
    }

    @Test
    void headersHaveTheirPlaces() {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setBody(new MessageBody.Text("t"));
        envelope.setMessageId("ID:1");
        envelope.setCorrelationId(CorrelationId.of(new byte[] {1}));
        envelope.setDestination(QUEUE);
        envelope.setReplyTo(new Address("r", Address.Kind.TEMPORARY_TOPIC));
        envelope.setType("subject");
        envelope.setUserId("me");
        envelope.setGroupId("g");
        envelope.setGroupSequence(-1);
        envelope.setReplyToGroupId("rg");
        envelope.setPriority(9);
        envelope.setTimestampMillis(NOW);
        envelope.setExpirationMillis(NOW + 50);
        envelope.setTimeToLiveMillis(50);
        envelope.setDeliveryTime(NOW + 10, true);
        envelope.putProperty("p", 1L);
        AmqpMessage message = AmqpMessage.decode(writer.write(envelope));

        assertThat(message.header()).isEqualTo(new Header(true, 9, 50, false, 0));
        assertThat(message.messageAnnotations())
                .isEqualTo(Map.of(
                        TYPE,
                        (byte) 5,
                        Symbol.of("x-opt-jms-dest"),
                        (byte) 0,
                        Symbol.of("x-opt-jms-reply-to"),
                        (byte) 3,
                        Symbol.of("x-opt-delivery-time"),
                        NOW + 10));
        assertThat(message.properties())
                .isEqualTo(MessageProperties.builder()
                        .messageId("ID:1")
                        .userId(Binary.copyOf("me".getBytes(StandardCharsets.UTF_8)))
                        .to("q")
                        .subject("subject")
                        .replyTo("r")
                        .correlationId(Binary.copyOf(new byte[] {1}))
                        .absoluteExpiryTime(Instant.ofEpochMilli(NOW + 50))
                        .creationTime(Instant.ofEpochMilli(NOW))
                        .groupId("g")
                        .groupSequence(new UnsignedInteger(-1))
                        .replyToGroupId("rg")
                        .build());
        assertThat(message.applicationProperties()).isEqualTo(Map.of("p", 1L));

        MessageEnvelope back = reader.read(writer.write(envelope), Address.queue("elsewhere"), NOW);
        assertThat(back.destination()).isEqualTo(QUEUE);
        assertThat(back.replyTo()).isEqualTo(envelope.replyTo());
        assertThat(back.correlationId()).isEqualTo(envelope.correlationId());
        assertThat(back.groupSequence()).isEqualTo(-1);
        assertThat(back.deliveryTimeMillis()).isEqualTo(NOW + 10);
        assertThat(back.expirationMillis()).isEqualTo(NOW + 50);
        assertThat(back.userId()).isEqualTo("me");
        assertThat(back.isPersistent()).isTrue();
        assertThat(back.priority()).isEqualTo(9);
    }

    @Test
    void defaultsTakeNoRoom() {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setPersistent(false);
        AmqpMessage message = AmqpMessage.decode(writer.write(envelope));
        assertThat(message.header()).isEqualTo(Header.DEFAULT);
        assertThat(message.properties()).isEqualTo(MessageProperties.NONE);
    }

    @Test
    void applicationsTimeToLiveGoesBeforeTheProducers() {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setTimeToLiveMillis(50);
        envelope.setTimeToLiveOverrideMillis(0L);
        assertThat(AmqpMessage.decode(writer.write(envelope)).header().hasTtl()).isFalse();
        envelope.setTimeToLiveOverrideMillis(7L);
        assertThat(AmqpMessage.decode(writer.write(envelope)).header().ttlMillis())
                .isEqualTo(7);
        envelope.setTimeToLiveOverrideMillis(null);
        envelope.setTimeToLiveMillis(Long.MAX_VALUE);
        assertThat(AmqpMessage.decode(writer.write(envelope)).header().hasTtl()).isFalse();
    }

    @Test
    @JmsSpec("3.11.4/foreign")
    void foreignMessagesAreKnownByTheirShape() {
        assertThat(read(AmqpMessage.of(new Value("s"))).body()).isEqualTo(new MessageBody.Text("s"));
        assertThat(read(AmqpMessage.of(Value.NULL)).body()).isEqualTo(new MessageBody.Text(null));
        assertThat(read(AmqpMessage.of(Data.of(new byte[] {1}))).body()).isInstanceOf(MessageBody.Bytes.class);
        assertThat(read(AmqpMessage.of(new Value(Binary.copyOf(new byte[] {1}))))
                        .body())
                .isInstanceOf(MessageBody.Bytes.class);
        assertThat(read(AmqpMessage.of(new Value(Map.of("k", UnsignedInteger.of(5)))))
                        .body())
                .isEqualTo(new MessageBody.PlainObject(Map.of("k", 5L)));
        assertThat(read(AmqpMessage.of(new Sequence(List.of(List.of(1), List.of(2)))))
                        .body())
                .isEqualTo(new MessageBody.PlainObject(List.of(1, 2)));
        assertThat(read(data("text/plain; charset=iso-8859-1", new byte[] {(byte) 0xE9}))
                        .body())
                .isEqualTo(new MessageBody.Text("é"));
        assertThat(read(data("application/json", "{}".getBytes(StandardCharsets.UTF_8)))
                        .body())
                .isEqualTo(new MessageBody.Text("{}"));
        assertThat(read(data("image/png", new byte[] {1})).body()).isInstanceOf(MessageBody.Bytes.class);
        assertThat(read(data("application/x-java-serialized-object", new byte[] {1}))
                        .body())
                .isInstanceOf(MessageBody.SerializedObject.class);
    }

    private static AmqpMessage data(String contentType, byte[] bytes) {
        return AmqpMessage.builder(Data.of(bytes))
                .properties(MessageProperties.builder()
                        .contentType(Symbol.of(contentType))
                        .build())
                .build();
    }

    @Test
    void joinsSeveralDataSections() {
        MessageEnvelope envelope = read(
                AmqpMessage.of(new Data(List.of(Binary.copyOf(new byte[] {1}), Binary.copyOf(new byte[] {2, 3})))));
        assertThat(((MessageBody.Bytes) envelope.body()).bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }

    @Test
    void propertiesOfOtherTypesBecomeTheNextWiderOnes() {
        UUID uuid = UUID.randomUUID();
        MessageEnvelope envelope = read(AmqpMessage.builder(Value.NULL)
                .applicationProperty("ubyte", UnsignedByte.of(200))
                .applicationProperty("ushort", UnsignedShort.of(60_000))
                .applicationProperty("uint", UnsignedInteger.of(4_000_000_000L))
                .applicationProperty("ulong", new UnsignedLong(5))
                .applicationProperty("huge", new UnsignedLong(-1))
                .applicationProperty("symbol", Symbol.of("s"))
                .applicationProperty("time", Instant.ofEpochMilli(NOW))
                .applicationProperty("char", 'c')
                .applicationProperty("uuid", uuid)
                .build());
        assertThat(envelope.properties())
                .isEqualTo(Map.of(
                        "ubyte",
                        (short) 200,
                        "ushort",
                        60_000,
                        "uint",
                        4_000_000_000L,
                        "ulong",
                        5L,
                        "huge",
                        "18446744073709551615",
                        "symbol",
                        "s",
                        "time",
                        NOW,
                        "char",
                        "c",
                        "uuid",
                        uuid.toString()));
    }

    @Test
    void whatIsMissingFollowsFromTheConsumer() {
        MessageEnvelope envelope = read(AmqpMessage.builder(new Value("s"))
                .header(new Header(false, 4, 500, false, 2))
                .properties(MessageProperties.builder().replyTo("answers").build())
                .build());
        assertThat(envelope.destination()).isEqualTo(QUEUE);
        assertThat(envelope.replyTo()).isEqualTo(Address.queue("answers"));
        assertThat(envelope.expirationMillis()).isEqualTo(NOW + 500);
        assertThat(envelope.redeliveries()).isEqualTo(2);
        assertThat(envelope.messageId()).isNull();
    }

    @Test
    void brokersPrefixesStayBetweenUsAndTheBroker() {
        AddressMapping mapping = new AddressMapping("queue://", "topic://");
        assertThat(mapping.toWire(QUEUE)).isEqualTo("queue://q");
        assertThat(mapping.fromWire("topic://t", (byte) 1, QUEUE)).isEqualTo(Address.topic("t"));
        assertThat(mapping.fromWire("plain", (byte) 1, QUEUE)).isEqualTo(Address.topic("plain"));
        assertThat(mapping.toWire(new Address("x", Address.Kind.TEMPORARY_QUEUE)))
                .isEqualTo("x");
    }

    @Test
    void bodyThatContradictsItsTypeIsUnreadable() {
        for (byte type : new byte[] {2, 3, 4, 5, 99}) {
            AmqpMessage message = AmqpMessage.builder(new Value(5))
                    .messageAnnotation(TYPE, type)
                    .build();
            assertThatThrownBy(() -> read(message)).isInstanceOf(ProviderException.class);
        }
        assertThatThrownBy(() -> reader.read(ByteBuffer.wrap(new byte[] {1, 2, 3}), QUEUE, NOW))
                .isInstanceOf(ProviderException.class);
    }

    @Test
    void bodiesSurviveTheWay() {
        for (MessageBody body : List.of(
                new MessageBody.Text("x"),
                new MessageBody.Items(List.of(1, 2L, 'c', "s", 1.5, 2.5f, (byte) 1, (short) 2, true)),
                new MessageBody.Entries(Map.of("a", 1)),
                new MessageBody.PlainObject(List.of("a", Map.of("b", 2))))) {
            MessageEnvelope envelope = new MessageEnvelope();
            envelope.setBody(body);
            assertThat(reader.read(writer.write(envelope), QUEUE, NOW).body()).isEqualTo(body);
        }
    }
}
