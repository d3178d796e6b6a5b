package dev.godwit.broker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Decimal128;
import org.apache.qpid.proton.amqp.Decimal32;
import org.apache.qpid.proton.amqp.Decimal64;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedByte;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.UnsignedShort;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpSequence;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.DeliveryAnnotations;
import org.apache.qpid.proton.amqp.messaging.Footer;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Properties;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of each section of a message between its producer and its consumer (AMQP 1.0 §3.2). */
@SuppressWarnings("JavaUtilDate") // Timestamps are dates to the engine.
class SectionsKeptTest extends BrokerFrames {
    private RawPeer consumer(int credit) {
        var peer = broker.connect();
        peer.attachReceiver("consumer", 0);
        return peer.send(0, RawBroker.credit(0, credit, 0));
    }

    private static Message decode(byte[] encoded) {
        Message message = Proton.message();
        message.decode(encoded, 0, encoded.length);
        return message;
    }

    private void assertKept(Object... sections) {
        assertKept(broker.encode(sections));
    }

    /** What has been sent goes out to the last byte, and nothing but a header has been put before it. */
    private void assertKept(byte[] sent) {
        broker.put(sent);
        var consumer = consumer(1);
        var transfer = consumer.expect(Transfer.class);
        byte[] received = consumer.payload;
        assertThat(received).endsWith(sent);
        int before = received.length - sent.length;
        if (before > 0) {
            assertThat(received).startsWith(0, 0x53, 0x70, 0xc0);
            assertThat(before).as("the header alone").isEqualTo(5 + received[4]);
        }
        consumer.send(0, RawBroker.disposition(Role.RECEIVER, transfer.getDeliveryId(), Accepted.getInstance(), true));
        await().until(() -> broker.count(QueueStatistics::ready) == 0);
        consumer.close();
    }

    private static Map<String, Object> simpleValues() {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Object each : List.of(
                true,
                UnsignedByte.valueOf((byte) -1),
                UnsignedShort.valueOf((short) -1),
                UnsignedInteger.valueOf(-1),
                UnsignedLong.valueOf(-1),
                (byte) -7,
                (short) -777,
                -77_777,
                Long.MIN_VALUE,
                1.5f,
                Math.PI,
                new Decimal32(BigDecimal.TEN),
                new Decimal64(BigDecimal.TEN),
                new Decimal128(BigDecimal.TEN),
                'c',
                new Date(1_700_000_000_123L),
                UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100"),
                new Binary(new byte[] {0, -1, 7}),
                "text äöü",
                Symbol.valueOf("symbol"))) {
            values.put(each.getClass().getSimpleName(), each);
        }
        return values;
    }

    /** Sizes in four bytes, a boolean of one, numbers that need no bytes in eight, descriptors by name. */
    @Test
    @Spec({"3.2/bare", "1.2/encodings", "1.5/descriptors", "1.4/trailing"})
    void changesNoByteOfWhatCouldHaveBeenWrittenInFewer() {
        byte[] properties = {
            0,
            (byte) 0x80,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0x73, // the descriptor
            (byte) 0xd0,
            0,
            0,
            0,
            19,
            0,
            0,
            0,
            4, // a list of 4
            (byte) 0x80,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0, // message-id
            0x40, // user-id
            (byte) 0xb1,
            0,
            0,
            0,
            0, // to
            0x40 // subject, null at the end
        };
        properties[14] = (byte) (properties.length - 15);
        byte[] name = "amqp:application-properties:map".getBytes(US_ASCII);
        byte[] application = RawPeer.join(new byte[] {0, (byte) 0xb3, 0, 0, 0, (byte) name.length}, name, new byte[] {
            (byte) 0xd1, 0, 0, 0, 12, 0, 0, 0, 2, (byte) 0xb1, 0, 0, 0, 1, 'k', 0x56, 1
        });
        byte[] dataName = "amqp:data:binary".getBytes(US_ASCII);
        byte[] data = RawPeer.join(
                new byte[] {0, (byte) 0xa3, (byte) dataName.length}, dataName, new byte[] {(byte) 0xb0, 0, 0, 0, 1, 7});
        assertKept(RawPeer.join(properties, application, data));
        assertKept(data);
        assertKept(RawPeer.join(application, data));
    }

    @Test
    @Spec({"3.2.3/message-annotations", "3.2.10/x-opt", "3.2.9/footer"})
    void keepsMessageAnnotationsAndFooter() {
        Map<Symbol, Object> annotations = new LinkedHashMap<>();
        Map<Object, Object> footer = new LinkedHashMap<>();
        simpleValues().forEach((name, value) -> {
            annotations.put(Symbol.valueOf("x-opt-" + name), value);
            footer.put(Symbol.valueOf("x-opt-" + name), value);
        });
        annotations.put(Symbol.valueOf("x-opt-list"), List.of(1L, Map.of("deep", List.of())));
        assertKept(new MessageAnnotations(annotations), new AmqpValue("body"), new Footer(footer));
    }

    @Test
    @Spec("3.2.4/properties")
    void changesNoProperty() {
        var properties = new Properties();
        properties.setMessageId(UnsignedLong.valueOf(7));
        properties.setUserId(new Binary(new byte[] {1, 2}));
        properties.setTo("somewhere else");
        properties.setSubject("subject");
        properties.setReplyTo("back");
        properties.setCorrelationId(new Binary(new byte[] {3}));
        properties.setContentType(Symbol.valueOf("text/plain"));
        properties.setContentEncoding(Symbol.valueOf("gzip"));
        properties.setAbsoluteExpiryTime(new Date(4_000_000_000_000L));
        properties.setCreationTime(new Date(1_700_000_000_123L));
        properties.setGroupId("group");
        properties.setGroupSequence(UnsignedInteger.valueOf(-1));
        properties.setReplyToGroupId("other");
        assertKept(properties, new AmqpValue("body"));
    }

    @Test
    @Spec("3.2.5/application-properties")
    void keepsApplicationPropertiesOfEverySimpleType() {
        assertKept(new ApplicationProperties(simpleValues()), new AmqpValue("body"));
    }

    @Test
    @Spec({"3.2.6/data", "3.2.7/sequence"})
    void keepsBodiesOfSeveralSections() {
        assertKept(
                new Data(new Binary(new byte[] {1})),
                new Data(new Binary(new byte[0])),
                new Data(new Binary(new byte[300])));
        assertKept(
                new AmqpSequence(List.of(1, "two")), new AmqpSequence(List.of()), new AmqpSequence(List.of(List.of())));
    }

    @Test
    @Spec("3.2.8/value")
    void keepsValuesOfAnyType() {
        simpleValues().values().forEach(value -> assertKept(new AmqpValue(value)));
        assertKept(new AmqpValue(List.of(1, "two", List.of(true))));
        assertKept(new AmqpValue(Map.of("key", Map.of(1, 2))));
        assertKept(new AmqpValue(new int[] {1, 2, 3}));
    }

    @Test
    @Spec("3.2.2/delivery-annotations")
    void takesDeliveryAnnotationsForItself() {
        var annotations = new DeliveryAnnotations(new LinkedHashMap<>(Map.of(Symbol.valueOf("x-opt-hop"), "hop")));
        byte[] rest = broker.encode(
                new MessageAnnotations(new LinkedHashMap<>(Map.of(Symbol.valueOf("x-opt-stays"), 1))),
                new AmqpValue("body"));
        broker.put(RawPeer.join(broker.encode(annotations), rest));
        var consumer = consumer(1);
        consumer.expect(Transfer.class);
        assertThat(consumer.payload).endsWith(rest);
        assertThat(decode(consumer.payload).getDeliveryAnnotations()).isNull();
    }

    @Test
    @Spec("3.2.2/rejected")
    void takesUnderTheKeyRejectedNothingButAnError() {
        var key = Symbol.valueOf("rejected");
        var error = new ErrorCondition(Symbol.valueOf("test:bad"), "because");
        var body = new AmqpValue("body");
        assertThat(broker.put(broker.encode(new DeliveryAnnotations(Map.of(key, error)), body))
                        .getState())
                .isInstanceOf(Accepted.class);
        for (Object wrong : List.of("bad", List.of(), Released.getInstance())) {
            var refused = broker.put(broker.encode(new DeliveryAnnotations(Map.of(key, wrong)), body))
                    .getState();
            assertThat(condition(refused)).isEqualTo("amqp:decode-error");
        }
    }

    private static String condition(Object rejected) {
        assertThat(rejected).isInstanceOf(Rejected.class);
        return String.valueOf(((Rejected) rejected).getError().getCondition());
    }

    /** What its producer says of the time before is not what this queue has seen. */
    @Test
    @Spec("3.2.1/delivery-count")
    void beginsToCountDeliveriesAnew() {
        var header = new Header();
        header.setDeliveryCount(UnsignedInteger.valueOf(7));
        broker.put(broker.encode(header, new AmqpValue("body")));
        var consumer = consumer(1);
        consumer.expect(Transfer.class);
        assertThat(decode(consumer.payload).getDeliveryCount()).isZero();
    }

    @Test
    @Spec("3.2.1/priority")
    void givesTenPrioritiesOutTheHighestFirst() {
        for (int each : List.of(4, 9, 0, 255, 5, 10)) {
            var header = new Header();
            header.setPriority(UnsignedByte.valueOf((byte) each));
            broker.put(broker.encode(header, new AmqpValue("body")));
        }
        // What is above 9 is as urgent as 9.
        var inTurn = List.of(9, 255, 10, 5, 4, 0);
        var consumer = consumer(inTurn.size());
        for (int each : inTurn) {
            consumer.expect(Transfer.class);
            assertThat(decode(consumer.payload).getPriority()).isEqualTo((short) each);
        }
    }

    @Test
    @Spec("3.2.1/ttl-left")
    void saysHowLongAMessageStillLives() {
        var header = new Header();
        header.setTtl(UnsignedInteger.valueOf(600_000));
        byte[] rest = broker.encode(new AmqpValue("body"));
        broker.put(RawPeer.join(broker.encode(header), rest));
        await().during(Duration.ofMillis(50)).until(() -> broker.count(QueueStatistics::ready) == 1);
        var consumer = consumer(1);
        var transfer = consumer.expect(Transfer.class);
        long first = decode(consumer.payload).getTtl();
        assertThat(first).isBetween(500_000L, 599_950L);
        assertThat(consumer.payload).endsWith(rest);
        var modified = new Modified();
        modified.setMessageAnnotations(Map.of(Symbol.valueOf("x-opt-new"), 1));
        consumer.send(0, RawBroker.disposition(Role.RECEIVER, transfer.getDeliveryId(), modified, true));
        consumer.send(0, RawBroker.credit(0, 1, 1)).expect(Transfer.class);
        assertThat(decode(consumer.payload).getTtl()).isBetween(500_000L, first);
    }

    @Test
    @Spec("3.2.1/defaults")
    void takesAMessageWithoutHeaderForOneOfTheDefaults() {
        broker.put(broker.encode(new AmqpValue("body")));
        var consumer = consumer(1);
        consumer.expect(Transfer.class);
        var received = decode(consumer.payload);
        assertThat(received.isDurable()).isFalse();
        assertThat(received.getPriority()).isEqualTo((short) 4);
        assertThat(received.getTtl()).isZero();
        assertThat(received.getDeliveryCount()).isZero();
    }

    /** Nobody need say that he is the first: what comes without that claim goes out without it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec({"3.2.1/first-acquirer", "3.2.1/delivery-count", "3.4.4/released"})
    void saysWhoHadAMessageBeforeAndHowOftenItFailed(boolean claimed) {
        var header = new Header();
        header.setFirstAcquirer(claimed);
        broker.put(broker.encode(header, new AmqpValue("body")));
        var consumer = consumer(4);
        var failed = new Modified();
        failed.setDeliveryFailed(true);
        for (String expected : List.of(claimed + " 0", "false 0", "false 1", "false 2")) {
            var transfer = consumer.expect(Transfer.class);
            var received = decode(consumer.payload);
            assertThat(received.isFirstAcquirer() + " " + received.getDeliveryCount())
                    .isEqualTo(expected);
            var outcome = transfer.getDeliveryId().intValue() == 0 ? Released.getInstance() : failed;
            consumer.send(0, RawBroker.disposition(Role.RECEIVER, transfer.getDeliveryId(), outcome, true));
        }
    }

    @Test
    @Spec("3.2.1/ttl")
    void deliversNothingAfterItsTime() {
        var header = new Header();
        header.setTtl(UnsignedInteger.ONE);
        broker.put(broker.encode(header, new AmqpValue("late")));
        await().atMost(Duration.ofSeconds(10)).until(() -> broker.count(QueueStatistics::ready) == 0);
        broker.put(broker.encode(new AmqpValue("in time")));
        var consumer = consumer(2);
        consumer.expect(Transfer.class);
        assertThat(((AmqpValue) decode(consumer.payload).getBody()).getValue()).isEqualTo("in time");
    }

    @Test
    @Spec({"3.2/order", "3.2/body"})
    void rejectsSectionsOutOfOrderOrTwice() {
        var properties = new Properties();
        var body = new AmqpValue("body");
        var application = new ApplicationProperties(new LinkedHashMap<>(Map.of("key", "value")));
        for (Object[] sections : List.of(
                new Object[] {application, properties, body},
                new Object[] {properties, properties, body},
                new Object[] {body, body},
                new Object[] {new Data(new Binary(new byte[1])), body},
                new Object[] {new AmqpSequence(List.of()), new Data(new Binary(new byte[1]))},
                new Object[] {body, new AmqpSequence(List.of())},
                new Object[] {body, properties})) {
            var outcome = broker.put(broker.encode(sections)).getState();
            assertThat(condition(outcome)).isEqualTo("amqp:decode-error");
        }
        assertThat(broker.count(QueueStatistics::ready)).isZero();
    }
}
