package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The delivery delay of Jakarta Messaging, with both clients. */
@Timeout(60)
final class DelayedDeliveryTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 10_000;
    private static final long NEVER_MILLIS = 200;
    private static final long DELAY_MILLIS = 1_500;

    private static long sendDelayed(Session session, String queue, String text, int deliveryMode) throws JMSException {
        try (var producer = session.createProducer(session.createQueue(queue))) {
            producer.setDeliveryMode(deliveryMode);
            producer.setDeliveryDelay(DELAY_MILLIS);
            long before = System.currentTimeMillis();
            producer.send(session.createTextMessage(text));
            return before;
        }
    }

    private static void assertCame(MessageConsumer consumer, String text, long sentMillis) throws JMSException {
        Message received = consumer.receive(SOON_MILLIS);
        assertThat(((TextMessage) received).getText()).isEqualTo(text);
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(sentMillis + DELAY_MILLIS);
        assertThat(received.getJMSDeliveryTime()).isGreaterThanOrEqualTo(sentMillis + DELAY_MILLIS);
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void waitsWhileOthersOvertake(JmsClient client) throws JMSException {
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var name = "waits-" + client;
            long persistentSent = sendDelayed(session, name, "persistent", DeliveryMode.PERSISTENT);
            long volatileSent = sendDelayed(session, name, "in memory", DeliveryMode.NON_PERSISTENT);
            session.createProducer(session.createQueue(name)).send(session.createTextMessage("at once"));

            var consumer = session.createConsumer(session.createQueue(name));
            assertThat(((TextMessage) consumer.receive(SOON_MILLIS)).getText()).isEqualTo("at once");
            assertThat(consumer.receive(NEVER_MILLIS)).isNull();
            assertCame(consumer, "persistent", persistentSent);
            assertCame(consumer, "in memory", volatileSent);
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void eachSubscriptionOfATopicWaits(JmsClient client) throws JMSException {
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var topic = session.createTopic("topic-" + client);
            var first = session.createConsumer(topic);
            var second = session.createConsumer(topic);
            var producer = session.createProducer(topic);
            producer.setDeliveryDelay(DELAY_MILLIS);
            long sent = System.currentTimeMillis();
            producer.send(session.createTextMessage("news"));

            assertThat(first.receive(NEVER_MILLIS)).isNull();
            assertCame(first, "news", sent);
            assertCame(second, "news", sent);
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void waitsInTransactionsToo(JmsClient client) throws JMSException {
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession(Session.SESSION_TRANSACTED);
            var name = "transaction-" + client;
            sendDelayed(session, name, "rolled back", DeliveryMode.PERSISTENT);
            session.rollback();
            long sent = sendDelayed(session, name, "committed", DeliveryMode.PERSISTENT);
            session.commit();

            var consumer = session.createConsumer(session.createQueue(name));
            assertThat(consumer.receive(NEVER_MILLIS)).isNull();
            assertCame(consumer, "committed", sent);
            session.commit();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void keepsItsTimeOverARestart(JmsClient client) throws Exception {
        var name = "restart-" + client;
        long sent;
        try (var connection = client.connect(BROKER.uri())) {
            sent = sendDelayed(connection.createSession(), name, "kept", DeliveryMode.PERSISTENT);
        }
        BROKER.restart();
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            assertCame(session.createConsumer(session.createQueue(name)), "kept", sent);
        }
    }
}
