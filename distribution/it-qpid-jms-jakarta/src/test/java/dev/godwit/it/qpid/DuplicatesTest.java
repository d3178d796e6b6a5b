package dev.godwit.it.qpid;

import static dev.godwit.it.qpid.Arrivals.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages that are sent again, known by a property: a JMS client makes a new message-id each time. */
@Timeout(60)
final class DuplicatesTest {
    private static final long NEVER_MILLIS = 200;

    @RegisterExtension
    static final EmbeddedBroker BROKER = EmbeddedBroker.withPolicies(new AddressPolicy(
            "once.*",
            AddressSettings.NONE
                    .with(AddressSetting.DUPLICATE_WINDOW, 3_600_000L)
                    .with(AddressSetting.DUPLICATE_KEY, "order")));

    private static void send(Session session, Destination to, String order) throws JMSException {
        try (var producer = session.createProducer(to)) {
            var message = session.createTextMessage(order);
            message.setStringProperty("order", order);
            producer.send(message);
        }
    }

    private static void assertCome(MessageConsumer consumer, String... orders) throws JMSException {
        for (String order : orders) {
            assertThat(text(consumer)).isEqualTo(order);
        }
        assertThat(consumer.receive(NEVER_MILLIS)).isNull();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void whatIsSentAgainComesOnceAlsoAfterARestart(JmsClient client) throws Exception {
        var name = "once.queue." + client;
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var queue = session.createQueue(name);
            send(session, queue, "1");
            send(session, queue, "2");
            send(session, queue, "1");
            assertCome(session.createConsumer(queue), "1", "2");
        }
        BROKER.restart();
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var queue = session.createQueue(name);
            send(session, queue, "2");
            send(session, queue, "3");
            assertCome(session.createConsumer(queue), "3");
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void countsFromTheCommitOn(JmsClient client) throws Exception {
        try (var connection = client.connect(BROKER.uri())) {
            var transacted = connection.createSession(Session.SESSION_TRANSACTED);
            var session = connection.createSession();
            var queue = session.createQueue("once.transaction." + client);
            var consumer = session.createConsumer(queue);
            send(transacted, queue, "1");
            transacted.rollback();
            send(transacted, queue, "1");
            send(transacted, queue, "1");
            send(transacted, queue, "2");
            send(session, queue, "2");
            transacted.commit();
            assertCome(consumer, "2", "1");
            send(transacted, queue, "1");
            transacted.commit();
            assertCome(consumer);
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void eachSubscriptionHasItOnce(JmsClient client) throws Exception {
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var topic = session.createTopic("once.topic." + client);
            var first = session.createConsumer(topic);
            send(session, topic, "1");
            var second = session.createConsumer(topic);
            send(session, topic, "1");
            send(session, topic, "2");
            assertCome(first, "1", "2");
            assertCome(second, "1", "2");
        }
    }
}
