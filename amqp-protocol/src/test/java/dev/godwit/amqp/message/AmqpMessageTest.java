package dev.godwit.amqp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** AMQP 1.0 §3.2. */
class AmqpMessageTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    static AmqpMessage fullMessage() {
        var properties = MessageProperties.builder()
                .messageId(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"))
                .userId(Binary.copyOf(new byte[] {1, 2}))
                .to("orders")
                .subject("new")
                .replyTo("answers")
                .correlationId(new UnsignedLong(7))
                .contentType(Symbol.of("text/plain"))
                .contentEncoding(Symbol.of("gzip"))
                .absoluteExpiryTime(Instant.ofEpochMilli(2_000))
                .creationTime(Instant.ofEpochMilli(1_000))
                .groupId("group")
                .groupSequence(UnsignedInteger.of(3))
                .replyToGroupId("reply-group")
                .build();
        return AmqpMessage.builder(MessageBody.Data.of(HELLO))
                .header(new Header(true, 9, 60_000, true, 2))
                .deliveryAnnotation(Symbol.of("x-hop"), 1)
                .messageAnnotation(Symbol.of("x-opt-jms-dest"), (byte) 0)
                .messageAnnotation(Symbol.of("x-opt-list"), List.of(1, "two"))
                .properties(properties)
                .applicationProperty("zebra", 1)
                .applicationProperty("ant", null)
                .applicationProperty("ünïcode", "ä")
                .footer(Symbol.of("x-sum"), 42L)
                .build();
    }

    @Test
    void readsBackWhatItWrote() {
        var message = fullMessage();
        var encoded = message.encode();
        assertThat(AmqpMessage.decode(encoded)).isEqualTo(message);
        assertThat(AmqpMessage.decode(Bytes.direct(encoded))).isEqualTo(message);
        assertThat(AmqpMessage.decode(Bytes.embedded(encoded))).isEqualTo(message);
        assertThat(AmqpMessage.decode(encoded).toBuilder().build()).isEqualTo(message);
        assertThat(AmqpMessage.decode(encoded).properties().toBuilder().build()).isEqualTo(message.properties());
        assertThat(AmqpMessage.decode(encoded).applicationProperties().keySet())
                .containsExactly("zebra", "ant", "ünïcode");
    }

    /** §3.2.1, §3.2.4: what has its default is not written. */
    @Test
    void writesNothingThatNeedNotBeSaid() {
        assertThat(Bytes.hex(AmqpMessage.of(MessageBody.Data.of(HELLO)).encode()))
                .isEqualTo("005375a00568656c6c6f");
        assertThat(Bytes.hex(AmqpMessage.builder(MessageBody.Value.NULL)
                        .header(Header.DURABLE)
                        .properties(MessageProperties.builder().to("q").build())
                        .build()
                        .encode()))
                .isEqualTo("005370c0020141" + "005373c0060340" + "40a10171" + "00537740");
    }

    @Test
    void keepsMessageIdsOfAllFourTypes() {
        for (Object id : List.of("text", new UnsignedLong(-1), UUID.randomUUID(), Binary.copyOf(HELLO))) {
            var properties =
                    MessageProperties.builder().messageId(id).correlationId(id).build();
            var message = AmqpMessage.builder(MessageBody.Value.NULL)
                    .properties(properties)
                    .build();
            assertThat(AmqpMessage.decode(message.encode())).isEqualTo(message);
        }
        assertThatThrownBy(() -> MessageProperties.builder().messageId(5).build())
                .hasMessageContaining("java.lang.Integer");
    }

    @Test
    void keepsBodiesOfAllThreeShapes() {
        for (MessageBody body : List.of(
                new MessageBody.Data(List.of(Binary.copyOf(HELLO), Binary.copyOf(new byte[0]))),
                new MessageBody.Data(List.of(Binary.copyOf(new byte[100_000]))),
                new MessageBody.Sequence(List.of(Arrays.asList(1, null), List.of())),
                new MessageBody.Value("text"),
                new MessageBody.Value(new DescribedValue(new UnsignedLong(0x31), List.of())),
                MessageBody.Value.NULL)) {
            assertThat(AmqpMessage.decode(AmqpMessage.of(body).encode()).body()).isEqualTo(body);
        }
    }

    @Test
    void takesMissingBodyForNull() {
        var header = MessageHeaderCodec.encode(Header.DURABLE);
        assertThat(AmqpMessage.decode(header).body()).isEqualTo(MessageBody.Value.NULL);
        assertThat(AmqpMessage.decode(header).header()).isEqualTo(Header.DURABLE);
        assertThat(AmqpMessage.decode(ByteBuffer.allocate(0))).isEqualTo(AmqpMessage.of(MessageBody.Value.NULL));
    }

    /** §3.2.10: numbers as keys are reserved. */
    @Test
    void leavesOutAnnotationsWithNumbersAsKeys() {
        var message = AmqpMessage.decode(Bytes.hex("005372 c1[04 5305 41 a3[782d61] 42] 005377 40"));
        assertThat(message.messageAnnotations()).containsOnlyKeys(Symbol.of("x-a"));
    }

    /** §3.2.5: no maps, lists or arrays. */
    @Test
    void refusesToWriteCompoundApplicationProperty() {
        var message = AmqpMessage.builder(MessageBody.Value.NULL)
                .applicationProperty("list", List.of(1))
                .build();
        assertThatThrownBy(message::encode).hasMessageContaining("simple type");
    }

    @Test
    void refusesBrokenBodyThatScannerDidNotOpen() {
        var broken = Bytes.hex("005377 c0 03 02 5401");
        new MessageSections().scan(broken);
        assertThatThrownBy(() -> AmqpMessage.decode(broken)).isInstanceOf(AmqpDecodeException.class);
    }
}
