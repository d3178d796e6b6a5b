package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Session;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Qpid JMS offers beyond JMS: presettled links, an outcome for each message, AMQP's types in a body. */
@Timeout(60)
final class SettlementTest extends OneQueue {
    private static final int INDIVIDUAL_ACKNOWLEDGE = 101;

    /** How a message is answered: values of the property JMS_AMQP_ACK_TYPE. */
    private static final int ACCEPTED = 1;

    private static final int REJECTED = 2;
    private static final int RELEASED = 3;
    private static final int MODIFIED_FAILED = 4;
    private static final int MODIFIED_FAILED_UNDELIVERABLE = 5;

    @ParameterizedTest
    @ValueSource(strings = {"presettleAll", "presettleProducers", "presettleConsumers"})
    void sendsAndReceivesPresettled(String policy) throws JMSException {
        try (var presettling = connect("?jms.presettlePolicy." + policy + "=true")) {
            var unacknowledged = presettling.createSession(Session.CLIENT_ACKNOWLEDGE);
            var producer = unacknowledged.createProducer(queue);
            var consumer = unacknowledged.createConsumer(queue);
            for (int n = 0; n < 10; n++) {
                producer.send(unacknowledged.createTextMessage("message " + n));
            }
            for (int n = 0; n < 10; n++) {
                assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo("message " + n);
            }
        }

        var left = session.createConsumer(queue);
        if (policy.equals("presettleProducers")) {
            assertThat(text(left.receive(SOON_MILLIS))).isEqualTo("message 0");
        } else {
            assertThat(left.receive(NEVER_MILLIS)).isNull();
        }
    }

    @Test
    void acknowledgesEachMessageByItself() throws JMSException {
        send(3);
        try (var other = connect("")) {
            var consumer = other.createSession(INDIVIDUAL_ACKNOWLEDGE).createConsumer(queue);
            consumer.receive(SOON_MILLIS);
            consumer.receive(SOON_MILLIS).acknowledge();
            consumer.receive(SOON_MILLIS);
        }

        var left = session.createConsumer(queue);
        assertThat(text(left.receive(SOON_MILLIS))).isEqualTo("message 0");
        assertThat(text(left.receive(SOON_MILLIS))).isEqualTo("message 2");
        assertThat(left.receive(NEVER_MILLIS)).isNull();
    }

    @Test
    void answersAMessageWithEachOutcome() throws JMSException {
        send(1);
        assertThat(deliveryCount(answer(RELEASED))).isEqualTo(1);
        assertThat(deliveryCount(answer(MODIFIED_FAILED))).as("released before").isEqualTo(1);
        assertThat(deliveryCount(answer(ACCEPTED))).as("failed before").isEqualTo(2);
        assertThat(session.createConsumer(queue).receive(NEVER_MILLIS)).isNull();
    }

    @Test
    void rejectsAMessageToTheDeadLetters() throws JMSException {
        send(1);
        answer(REJECTED);

        assertThat(session.createConsumer(queue).receive(NEVER_MILLIS)).isNull();
        var dead = session.createConsumer(session.createQueue("DLQ"));
        assertThat(text(dead.receive(SOON_MILLIS))).isEqualTo("message 0");
    }

    @Test
    void keepsAMessageFromAConsumerThatCannotTakeIt() throws JMSException {
        send(1);
        var individual = connection.createSession(INDIVIDUAL_ACKNOWLEDGE);
        var consumer = individual.createConsumer(queue);
        acknowledge(consumer, MODIFIED_FAILED_UNDELIVERABLE);

        assertThat(consumer.receive(NEVER_MILLIS)).isNull();
        assertThat(deliveryCount(session.createConsumer(queue).receive(SOON_MILLIS)))
                .isEqualTo(2);
    }

    @SuppressWarnings("JavaUtilDate") // what the client takes for a timestamp
    static List<Serializable> bodies() {
        var values = List.<Object>of(
                true,
                (byte) -100,
                (short) -30_000,
                -2_000_000_000,
                1L << 62,
                1.5f,
                2.25,
                'x',
                new Date(1_700_000_000_123L),
                UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100"),
                "text",
                List.of(1, List.of("two")),
                Map.of("key", true));
        var map = new HashMap<String, Object>();
        values.forEach(value -> map.put("a " + value.getClass().getSimpleName(), value));
        return List.of("text", new ArrayList<>(values), map);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void carriesBodiesOfTheTypesOfAmqp(Serializable body) throws JMSException {
        var message = session.createObjectMessage();
        message.setBooleanProperty("JMS_AMQP_TYPED_ENCODING", true);
        message.setObject(body);
        session.createProducer(queue).send(message);

        var received = (ObjectMessage) session.createConsumer(queue).receive(SOON_MILLIS);
        assertThat(received.getBooleanProperty("JMS_AMQP_TYPED_ENCODING")).isTrue();
        assertThat(received.getObject()).isEqualTo(body);
    }

    private void send(int count) throws JMSException {
        var producer = session.createProducer(queue);
        for (int n = 0; n < count; n++) {
            producer.send(session.createTextMessage("message " + n));
        }
    }

    /** Takes the next message and answers it, on a link of its own. */
    private Message answer(int outcome) throws JMSException {
        try (var individual = connection.createSession(INDIVIDUAL_ACKNOWLEDGE);
                var consumer = individual.createConsumer(queue)) {
            return acknowledge(consumer, outcome);
        }
    }

    private static Message acknowledge(MessageConsumer consumer, int outcome) throws JMSException {
        var message = consumer.receive(SOON_MILLIS);
        assertThat(message).isNotNull();
        message.setIntProperty("JMS_AMQP_ACK_TYPE", outcome);
        message.acknowledge();
        return message;
    }

    private static int deliveryCount(Message message) throws JMSException {
        assertThat(message).isNotNull();
        return message.getIntProperty("JMSXDeliveryCount");
    }

    private static String text(Message message) throws JMSException {
        assertThat(message).isNotNull();
        return message.getBody(String.class);
    }
}
