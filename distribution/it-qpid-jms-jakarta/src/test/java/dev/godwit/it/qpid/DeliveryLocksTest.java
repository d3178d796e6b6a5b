package dev.godwit.it.qpid;

import static dev.godwit.it.qpid.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages that a consumer has to itself for a time, with both clients. */
@Timeout(60)
final class DeliveryLocksTest {
    private static final long NEVER_MILLIS = 200;
    private static final long LOCK_MILLIS = 1_000;

    @RegisterExtension
    static final EmbeddedBroker BROKER = EmbeddedBroker.withPolicies(
            new AddressPolicy("locked.*", AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS)));

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

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void nothingComesOfAnAcknowledgementThatComesTooLate(JmsClient client) throws Exception {
        var name = "locked.late." + client;
        try (var slow = client.connect(BROKER.uri());
                var quick = client.connect(BROKER.uri())) {
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
        try (var connection = client.connect(BROKER.uri())) {
            assertThat(consumer(connection, Session.AUTO_ACKNOWLEDGE, name).receive(NEVER_MILLIS))
                    .isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void transactedSessionThatLostItsMessageCannotCommit(JmsClient client) throws Exception {
        var name = "locked.transacted." + client;
        try (var slow = client.connect(BROKER.uri());
                var quick = client.connect(BROKER.uri())) {
            send(quick, name, "a");
            var session = slow.createSession(Session.SESSION_TRANSACTED);
            var consumer = session.createConsumer(session.createQueue(name));
            next(consumer, "a");
            // What it has received is retired already, and safe; what waits in its buffer is not.
            session.commit();
            assertThat(BROKER.consumed(name)).isEqualTo(1);
            send(quick, name, "b");
            await().until(() -> BROKER.count(name, QueueStatistics::locksLost) > 0);
            assertThatThrownBy(() -> {
                        next(consumer, "b");
                        session.commit();
                    })
                    .isInstanceOf(JMSException.class);
            assertThat(BROKER.consumed(name)).isEqualTo(1);
        }
    }
}
