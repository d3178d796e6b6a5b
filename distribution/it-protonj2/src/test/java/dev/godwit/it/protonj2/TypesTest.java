package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.conformance.Spec;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.qpid.protonj2.client.AdvancedMessage;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.types.Binary;
import org.apache.qpid.protonj2.types.Decimal128;
import org.apache.qpid.protonj2.types.Decimal32;
import org.apache.qpid.protonj2.types.Decimal64;
import org.apache.qpid.protonj2.types.Symbol;
import org.apache.qpid.protonj2.types.UnsignedByte;
import org.apache.qpid.protonj2.types.UnsignedInteger;
import org.apache.qpid.protonj2.types.UnsignedLong;
import org.apache.qpid.protonj2.types.UnsignedShort;
import org.apache.qpid.protonj2.types.messaging.AmqpSequence;
import org.apache.qpid.protonj2.types.messaging.AmqpValue;
import org.apache.qpid.protonj2.types.messaging.Data;
import org.apache.qpid.protonj2.types.messaging.Section;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every type of AMQP 1.0 (§1.6) and every section of a message (§3.2) comes out as it went in. */
@Timeout(60)
final class TypesTest {
    @RegisterExtension
    static final ConnectedBroker BROKER = new ConnectedBroker();

    private static final long SOON_SECONDS = 10;
    private static final UUID ID = UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100");

    /** One value of each type that is no collection. */
    @SuppressWarnings("JavaUtilDate") // what the client takes for a timestamp
    private static Map<String, Object> simple() {
        var values = new LinkedHashMap<String, Object>();
        values.put("boolean", true);
        values.put("ubyte", UnsignedByte.valueOf((byte) 200));
        values.put("ushort", UnsignedShort.valueOf((short) 60_000));
        values.put("uint", UnsignedInteger.valueOf(4_000_000_000L));
        values.put("ulong", UnsignedLong.valueOf(-5));
        values.put("byte", (byte) -100);
        values.put("short", (short) -30_000);
        values.put("int", -2_000_000_000);
        values.put("long", 1L << 62);
        values.put("float", 1.5f);
        values.put("double", 2.25);
        values.put("decimal32", new Decimal32(new BigDecimal("1.25", MathContext.DECIMAL32)));
        values.put("decimal64", new Decimal64(new BigDecimal("1.25", MathContext.DECIMAL64)));
        values.put("decimal128", new Decimal128(new BigDecimal("1.25", MathContext.DECIMAL128)));
        values.put("char", 'x');
        values.put("timestamp", new Date(1_700_000_000_123L));
        values.put("uuid", ID);
        values.put("binary", new Binary(new byte[] {0, -1, 7}));
        values.put("string", "gr\u00fc\u00dfe \u20ac \ud83d\ude00");
        values.put("symbol", Symbol.valueOf("symbol"));
        return values;
    }

    static Stream<Object> values() {
        return Stream.concat(
                simple().values().stream(),
                Stream.of(
                        List.of(1, "two", List.of(3.0)),
                        Map.of("key", Map.of("inner", true)),
                        new int[] {1, 2, 3},
                        new Symbol[] {Symbol.valueOf("a"), Symbol.valueOf("b")}));
    }

    static Stream<List<Section<?>>> bodies() {
        return Stream.concat(
                values().map(value -> List.of(new AmqpValue<>(value))),
                Stream.of(
                        List.of(new Data(new byte[] {1, 2, 3})),
                        List.of(new Data(new byte[] {1}), new Data(new byte[0]), new Data(new byte[] {2, 3})),
                        List.of(new AmqpSequence<>(List.<Object>of(1, "two"))),
                        List.of(
                                new AmqpSequence<>(List.<Object>of(1)),
                                new AmqpSequence<>(List.<Object>of("two", Symbol.valueOf("three"))))));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    @Spec("3.2/bare")
    void keepsABodyOfEachType(List<Section<?>> body) throws ClientException {
        var message = AdvancedMessage.create();
        for (Section<?> section : body) {
            message.addBodySection(section);
        }
        message.durable(true);

        var received = List.copyOf(exchange(message).toAdvancedMessage().bodySections());
        assertThat(received).hasSameSizeAs(body);
        for (int i = 0; i < body.size(); i++) {
            assertThat(received.get(i).getType()).isEqualTo(body.get(i).getType());
            assertSame(received.get(i).getValue(), body.get(i).getValue());
        }
    }

    @Test
    void keepsAnnotationsPropertiesAndFooterOfEachType() throws ClientException {
        var message = Message.create("body").durable(true);
        int number = 0;
        for (Object value : values().toList()) {
            message.annotation("x-opt-" + number, value);
            message.footer("x-opt-" + number, value);
            number++;
        }
        for (Map.Entry<String, Object> property : simple().entrySet()) {
            message.property(property.getKey(), property.getValue());
        }

        var received = exchange(message);
        number = 0;
        for (Object value : values().toList()) {
            assertSame(received.annotation("x-opt-" + number), value);
            assertSame(received.footer("x-opt-" + number), value);
            number++;
        }
        for (Map.Entry<String, Object> property : simple().entrySet()) {
            assertSame(received.property(property.getKey()), property.getValue());
        }
    }

    static Stream<Object> ids() {
        return Stream.of("text", ID, UnsignedLong.valueOf(-5), new Binary(new byte[] {1, 2}));
    }

    @ParameterizedTest
    @MethodSource("ids")
    void keepsEachProperty(Object id) throws ClientException {
        var message = Message.create("body").durable(true);
        message.messageId(id)
                .correlationId(id)
                .userId(new byte[] {1, 2})
                .to(BROKER.name())
                .subject("subject");
        message.replyTo("somewhere").contentType("text/plain").contentEncoding("utf-8");
        message.absoluteExpiryTime(4_000_000_000_000L).creationTime(1_700_000_000_123L);
        message.groupId("group").groupSequence(5).replyToGroupId("other");

        var received = exchange(message);
        assertThat(received.messageId()).isEqualTo(id);
        assertThat(received.correlationId()).isEqualTo(id);
        assertThat(received.userId()).containsExactly(1, 2);
        assertThat(received.to()).isEqualTo(BROKER.name());
        assertThat(received.subject()).isEqualTo("subject");
        assertThat(received.replyTo()).isEqualTo("somewhere");
        assertThat(received.contentType()).isEqualTo("text/plain");
        assertThat(received.contentEncoding()).isEqualTo("utf-8");
        assertThat(received.absoluteExpiryTime()).isEqualTo(4_000_000_000_000L);
        assertThat(received.creationTime()).isEqualTo(1_700_000_000_123L);
        assertThat(received.groupId()).isEqualTo("group");
        assertThat(received.groupSequence()).isEqualTo(5);
        assertThat(received.replyToGroupId()).isEqualTo("other");
    }

    /** The client reads timestamps as numbers. */
    @SuppressWarnings("JavaUtilDate")
    private static void assertSame(Object received, Object sent) {
        Object expected = sent instanceof Date date ? (Object) date.getTime() : sent;
        assertThat(Arrays.deepEquals(new Object[] {received}, new Object[] {expected}))
                .as("%s for %s", received, sent)
                .isTrue();
    }

    private Message<?> exchange(Message<?> message) throws ClientException {
        BROKER.connection().openSender(BROKER.name()).send(message).awaitAccepted();
        var delivery = BROKER.connection().openReceiver(BROKER.name()).receive(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(delivery).as("a delivery").isNotNull();
        return delivery.message();
    }
}
