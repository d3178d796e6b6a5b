package dev.godwit.it.qpid;

import static dev.godwit.it.qpid.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages that live no longer than their queue allows, and go to another one then, with both clients. */
@Timeout(60)
final class TimeToLiveTest {
    private static final long NEVER_MILLIS = 200;
    private static final long TTL_MILLIS = 500;

    @RegisterExtension
    static final EmbeddedBroker BROKER = EmbeddedBroker.withPolicies(
            // Also where they go: what has expired once does not expire again.
            new AddressPolicy(
                    "*",
                    AddressSettings.NONE
                            .with(AddressSetting.MESSAGE_TTL, TTL_MILLIS)
                            .with(AddressSetting.EXPIRY_ADDRESS, "late")));

    private static Connection connect(JmsClient client) throws JMSException {
        var connection = client.factory(BROKER.uri()).createConnection();
        connection.setClientID("reader-" + client);
        connection.start();
        return connection;
    }

    private static void send(Session session, Destination to, String text) throws JMSException {
        try (var producer = session.createProducer(to)) {
            producer.send(session.createTextMessage(text));
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void whatHasExpiredGoesToTheExpiryAddressAndStaysThere(JmsClient client) throws Exception {
        try (var connection = connect(client);
                var session = connection.createSession();
                var transacted = connection.createSession(Session.SESSION_TRANSACTED)) {
            var queue = session.createQueue("short.lived." + client);
            send(session, queue, "a");
            send(transacted, queue, "b");
            transacted.commit();
            var large = "c".repeat(1_500_000);
            send(session, queue, large);
            var late = session.createConsumer(session.createQueue("late"));
            next(late, "a");
            next(late, "b");
            next(late, large);
            try (var consumer = session.createConsumer(queue)) {
                assertThat(consumer.receive(NEVER_MILLIS)).isNull();
            }
            late.close();

            send(session, queue, "d");
            // There it stays for longer than it might live anywhere else.
            await().until(() -> BROKER.count("late", QueueStatistics::ready) == 1);
            await().during(Duration.ofMillis(4 * TTL_MILLIS))
                    .until(() -> BROKER.count("late", QueueStatistics::ready) == 1);
            var again = session.createConsumer(session.createQueue("late"));
            next(again, "d");
            again.close();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void subscriptionsHaveTheTimesOfTheirTopic(JmsClient client) throws Exception {
        try (var connection = connect(client);
                var session = connection.createSession()) {
            var topic = session.createTopic("short.news." + client);
            session.createDurableConsumer(topic, "reader").close();
            send(session, topic, "a");
            var late = session.createConsumer(session.createQueue("late"));
            next(late, "a");
            late.close();
            var reader = session.createDurableConsumer(topic, "reader");
            assertThat(reader.receive(NEVER_MILLIS)).isNull();
            send(session, topic, "b");
            next(reader, "b");
            reader.close();
            session.unsubscribe("reader");
        }
    }
}
