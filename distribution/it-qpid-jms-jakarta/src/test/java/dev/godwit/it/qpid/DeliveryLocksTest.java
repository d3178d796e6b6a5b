package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages that a consumer has to itself for a time, with both clients. */
@Timeout(60)
final class DeliveryLocksTest {
    private static final long SOON_MILLIS = 10_000;
    private static final long NEVER_MILLIS = 200;
    private static final long LOCK_MILLIS = 1_000;

    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker(DeliveryLocksTest::withLocks);

    private static BrokerConfiguration withLocks(BrokerConfiguration defaults) {
        var queues = defaults.queues();
        return defaults.withQueues(new BrokerConfiguration.Queues(
                queues.autoCreation(),
                List.of(),
                List.of(),
                queues.deadLetterAddress(),
                queues.deliveryAttemptsMax(),
                queues.messageMemoryBytesMax(),
                List.of(new AddressPolicy(
                        "locked.*", AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS)))));
    }

    private static Connection connect(JmsClient client) throws JMSException {
        var connection = client.factory(BROKER.uri()).createConnection();
        connection.start();
        return connection;
    }

    private static MessageConsumer consumer(Connection connection, int mode, String queue) throws JMSException {
        var session = connection.createSession(mode);
        return session.createConsumer(session.createQueue(queue));
    }

    private static void send(Connection connection, String queue, String text) throws JMSException {
        try (var session = connection.createSession();
                var producer = session.createProducer(session.createQueue(queue))) {
            producer.send(session.createTextMessage(text));
        }
    }

    private static Message next(MessageConsumer consumer, String text) throws JMSException {
        var message = consumer.receive(SOON_MILLIS);
        assertThat(((TextMessage) message).getText()).isEqualTo(text);
        return message;
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void nothingComesOfAnAcknowledgementThatComesTooLate(JmsClient client) throws Exception {
        var name = "locked.late." + client;
        try (var slow = connect(client);
                var quick = connect(client)) {
            send(quick, name, "a");
            var late = next(consumer(slow, Session.CLIENT_ACKNOWLEDGE, name), "a");
            // It goes back while its first consumer is there still.
            var again = next(consumer(quick, Session.CLIENT_ACKNOWLEDGE, name), "a");
            assertThat(again.getJMSRedelivered()).isTrue();
            assertThat(again.getIntProperty("JMSXDeliveryCount")).isEqualTo(2);
            late.acknowledge();
            again.acknowledge();
            await().until(() -> BROKER.consumed(name) == 1);
        }
        try (var connection = connect(client)) {
            assertThat(consumer(connection, Session.AUTO_ACKNOWLEDGE, name).receive(NEVER_MILLIS))
                    .isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void transactedSessionThatLostItsMessageCannotCommit(JmsClient client) throws Exception {
        var name = "locked.transacted." + client;
        try (var slow = connect(client);
                var quick = connect(client)) {
            send(quick, name, "a");
            var session = slow.createSession(Session.SESSION_TRANSACTED);
            var consumer = session.createConsumer(session.createQueue(name));
            next(consumer, "a");
            // What it has received is retired already, and safe; what waits in its buffer is not.
            session.commit();
            assertThat(BROKER.consumed(name)).isEqualTo(1);
            send(quick, name, "b");
            await().until(() -> BROKER.locksLost(name) > 0);
            assertThatThrownBy(() -> {
                        next(consumer, "b");
                        session.commit();
                    })
                    .isInstanceOf(JMSException.class);
            assertThat(BROKER.consumed(name)).isEqualTo(1);
        }
    }
}
