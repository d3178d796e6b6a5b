package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each client's messages as the other reads them, over each kind of destination, there and back. */
@Timeout(60)
final class MatrixTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 10_000;
    private static final long LIFE_MILLIS = 600_000;
    private static final long DELAY_MILLIS = 300;
    private static final String ALLOW = "?jms.deserializationPolicy.allowList=java.util,java.lang";
    private static final List<Place> PLACES = List.of(Place.values());
    private static final List<Object> VALUES = List.of(
            true,
            (byte) -8,
            (short) -16_000,
            -2_000_000_000,
            -(1L << 62),
            -1.5f,
            Math.E,
            "gr\u00fc\u00dfe \ud83d\ude00");

    /** The last argument chooses what is the same for all: each kind of it meets each client, and each destination. */
    static List<Arguments> matrix() {
        var matrix = new ArrayList<Arguments>();
        for (JmsClient sender : JmsClient.values()) {
            for (JmsClient receiver : JmsClient.values()) {
                for (Place place : Place.values()) {
                    for (MessageSample sample : MessageSample.values()) {
                        matrix.add(Arguments.of(sender, receiver, place, sample, matrix.size()));
                    }
                }
            }
        }
        return matrix;
    }

    static Stream<Arguments> pairsAndPlaces() {
        return Stream.of(JmsClient.values()).flatMap(sender -> Stream.of(JmsClient.values())
                .flatMap(receiver -> Stream.of(Place.values()).map(place -> Arguments.of(sender, receiver, place))));
    }

    @ParameterizedTest(name = "{0} to {1} over a {2}: {3}")
    @MethodSource("matrix")
    void carriesAMessageThereAndItsAnswerBack(
            JmsClient sender, JmsClient receiver, Place place, MessageSample sample, int variety) throws JMSException {
        var name = String.join("-", "matrix", sender.name(), receiver.name(), place.name(), sample.name());
        var replyPlace = PLACES.get(variety % PLACES.size());
        try (var sending = sender.connect(BROKER.uri() + ALLOW);
                var receiving = receiver.connect(BROKER.uri() + ALLOW)) {
            var receivingSession = receiving.createSession(Session.CLIENT_ACKNOWLEDGE);
            var destination = place.open(receivingSession, name);
            var consumer = receivingSession.createConsumer(destination);
            var sendingSession = sending.createSession();
            var replyTo = replyPlace.open(sendingSession, name + "-answers");
            var answers = sendingSession.createConsumer(replyTo);

            var sent = sample.write(sendingSession);
            sent.setJMSReplyTo(replyTo);
            sent.setJMSType("a type");
            correlate(sent, variety);
            for (Object value : VALUES) {
                sent.setObjectProperty(nameOf(value), value);
            }
            sent.setStringProperty("nothing", null);
            sent.setStringProperty("JMSXGroupID", "a group");
            sent.setIntProperty("JMSXGroupSeq", 5);
            int mode = variety % 2 == 0 ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
            int priority = variety % 10;
            sendingSession.createProducer(null).send(destination, sent, mode, priority, LIFE_MILLIS);

            verify(receive(consumer.receive(SOON_MILLIS)), sent, place, 1, sample);
            receivingSession.recover();
            var received = receive(consumer.receive(SOON_MILLIS));
            verify(received, sent, place, 2, sample);
            assertThat(replyPlace.isKindOf(received.getJMSReplyTo())).isTrue();
            assertThat(Place.nameOf(received.getJMSReplyTo())).isEqualTo(Place.nameOf(replyTo));

            var answer = receivingSession.createTextMessage("an answer");
            answer.setJMSCorrelationID(received.getJMSMessageID());
            receivingSession.createProducer(null).send(received.getJMSReplyTo(), answer);
            received.acknowledge();
            var answered = receive(answers.receive(SOON_MILLIS));
            assertThat(((TextMessage) answered).getText()).isEqualTo("an answer");
            assertThat(answered.getJMSCorrelationID()).isEqualTo(sent.getJMSMessageID());
        }
    }

    private static void correlate(Message message, int variety) throws JMSException {
        switch (variety % 3) {
            case 0 -> message.setJMSCorrelationID("an application's own");
            case 1 -> message.setJMSCorrelationID("ID:" + variety);
            default -> message.setJMSCorrelationIDAsBytes(new byte[] {0, -1, 127});
        }
    }

    private static String nameOf(Object value) {
        return "a" + value.getClass().getSimpleName();
    }

    private static void verify(Message received, Message sent, Place place, int attempt, MessageSample sample)
            throws JMSException {
        sample.verify(received);
        for (Object value : VALUES) {
            assertThat(received.getObjectProperty(nameOf(value))).isEqualTo(value);
        }
        assertThat(received.propertyExists("nothing")).isTrue();
        assertThat(received.getObjectProperty("nothing")).isNull();
        assertThat(received.getStringProperty("JMSXGroupID")).isEqualTo("a group");
        assertThat(received.getIntProperty("JMSXGroupSeq")).isEqualTo(5);
        Enumeration<?> names = received.getPropertyNames();
        assertThat(Collections.list(names))
                .map(String::valueOf)
                .contains("nothing", "JMSXGroupID", "JMSXGroupSeq", "JMSXDeliveryCount")
                .doesNotContain("JMSMessageID", "JMSPriority");

        assertThat(place.isKindOf(received.getJMSDestination())).isTrue();
        assertThat(Place.nameOf(received.getJMSDestination())).isEqualTo(Place.nameOf(sent.getJMSDestination()));
        assertThat(received.getJMSMessageID()).isEqualTo(sent.getJMSMessageID()).startsWith("ID:");
        assertThat(received.getJMSCorrelationID()).isEqualTo(sent.getJMSCorrelationID());
        if (sent.getJMSCorrelationID().startsWith("ID:AMQP_BINARY:")) {
            assertThat(received.getJMSCorrelationIDAsBytes()).containsExactly(0, -1, 127);
        }
        assertThat(received.getJMSType()).isEqualTo("a type");
        assertThat(received.getJMSDeliveryMode()).isEqualTo(sent.getJMSDeliveryMode());
        assertThat(received.getJMSPriority()).isEqualTo(sent.getJMSPriority());
        assertThat(received.getJMSTimestamp()).isEqualTo(sent.getJMSTimestamp());
        assertThat(received.getJMSDeliveryTime()).isEqualTo(sent.getJMSTimestamp());
        assertThat(received.getJMSExpiration()).isEqualTo(sent.getJMSTimestamp() + LIFE_MILLIS);
        assertThat(received.getJMSRedelivered()).isEqualTo(attempt > 1);
        assertThat(received.getIntProperty("JMSXDeliveryCount")).isEqualTo(attempt);
    }

    @ParameterizedTest(name = "{0} to {1} over a {2}")
    @MethodSource("pairsAndPlaces")
    void keepsADelayedMessageUntilItsTime(JmsClient sender, JmsClient receiver, Place place) throws JMSException {
        var name = String.join("-", "delay", sender.name(), receiver.name(), place.name());
        try (var sending = sender.connect(BROKER.uri() + ALLOW);
                var receiving = receiver.connect(BROKER.uri() + ALLOW)) {
            var receivingSession = receiving.createSession();
            var destination = place.open(receivingSession, name);
            var consumer = receivingSession.createConsumer(destination);
            var sendingSession = sending.createSession();
            var producer = sendingSession.createProducer(null);
            producer.setDeliveryDelay(DELAY_MILLIS);
            var late = sendingSession.createTextMessage("late");
            producer.send(destination, late);
            producer.setDeliveryDelay(0);
            producer.send(destination, sendingSession.createTextMessage("soon"));

            var texts = new ArrayList<String>();
            for (int i = 0; i < 2; i++) {
                var received = receive(consumer.receive(SOON_MILLIS));
                assertThat(received.getJMSDeliveryTime()).isLessThanOrEqualTo(System.currentTimeMillis());
                texts.add(received.getBody(String.class));
                if (texts.get(i).equals("late")) {
                    assertThat(received.getJMSDeliveryTime())
                            .isEqualTo(late.getJMSDeliveryTime())
                            .isEqualTo(late.getJMSTimestamp() + DELAY_MILLIS);
                }
            }
            assertThat(texts).containsExactlyInAnyOrder("soon", "late");
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsWhoSentAMessage(JmsClient receiver) throws JMSException {
        var name = "user-" + receiver;
        try (var sending = JmsClient.QPID
                        .factory(BROKER.uri() + "?jms.populateJMSXUserID=true")
                        .createConnection("ann", "no secret");
                var receiving = receiver.connect(BROKER.uri() + ALLOW)) {
            var session = sending.createSession();
            session.createProducer(session.createQueue(name)).send(session.createMessage());
            var receivingSession = receiving.createSession();
            var received = receive(receivingSession
                    .createConsumer(receivingSession.createQueue(name))
                    .receive(SOON_MILLIS));
            assertThat(received.getStringProperty("JMSXUserID")).isEqualTo("ann");
        }
    }

    private static Message receive(Message message) {
        return Objects.requireNonNull(message, "nothing came");
    }
}
