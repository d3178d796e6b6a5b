package dev.godwit.it.qpid;

import static dev.godwit.it.qpid.Arrivals.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.conformance.Spec;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Transacted sessions, as both JMS clients use them. */
@Timeout(60)
final class TransactionsTest {
    private static final long TIMEOUT_MILLIS = 1_500;
    private static final long BYTES_MAX = 1L << 20;

    private static final TransactionLimits LIMITS =
            new TransactionLimits(TIMEOUT_MILLIS, 100, BYTES_MAX, 1_000, 10, 10, OutcomeLimits.DEFAULTS);

    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker(configuration -> configuration.withTransactions(LIMITS));

    private static final long SOON_MILLIS = 10_000;
    private static final long NEVER_MILLIS = 300;
    private static final int LARGE_BYTES = 8 << 20;

    private final List<Connection> connections = new ArrayList<>();

    @AfterEach
    void disconnect() throws JMSException {
        for (var connection : connections) {
            connection.close();
        }
    }

    @Spec({"4.4.1/posting", "4.3/commit"})
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void showsWhatWasSentWhenItIsCommitted(JmsClient client) throws JMSException {
        var session = transacted(client);
        var queue = queue(session);
        var producer = session.createProducer(queue);
        for (int i = 0; i < 20; i++) {
            producer.setDeliveryMode(i % 2 == 0 ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT);
            producer.send(session.createTextMessage("m" + i));
        }
        var reader = plain(client).createConsumer(queue);
        assertThat(reader.receive(NEVER_MILLIS)).isNull();

        session.commit();

        for (int i = 0; i < 20; i++) {
            assertThat(text(reader)).isEqualTo("m" + i);
        }
    }

    @Spec({"4.4.1/rollback", "4.3/rollback"})
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void forgetsWhatWasSentWhenItIsRolledBack(JmsClient client) throws JMSException {
        var session = transacted(client);
        var queue = queue(session);
        var producer = session.createProducer(queue);
        producer.send(session.createTextMessage("never"));
        session.rollback();
        producer.send(session.createTextMessage("ever"));
        session.commit();

        var reader = plain(client).createConsumer(queue);
        assertThat(text(reader)).isEqualTo("ever");
        assertThat(reader.receive(NEVER_MILLIS)).isNull();
    }

    @Spec({"4.4.2/retirement", "4.4.2/rollback"})
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void givesBackInOrderWhatWasReceivedAndRolledBack(JmsClient client) throws JMSException {
        var session = transacted(client);
        var queue = queue(session);
        send(client, queue, 10);
        var consumer = session.createConsumer(queue);
        for (int i = 0; i < 5; i++) {
            assertThat(text(consumer)).isEqualTo("m" + i);
        }

        session.rollback();

        for (int i = 0; i < 10; i++) {
            var message = consumer.receive(SOON_MILLIS);
            assertThat(((TextMessage) message).getText()).isEqualTo("m" + i);
            assertThat(message.getJMSRedelivered()).as("redelivered %d", i).isEqualTo(i < 5);
            if (i < 5) {
                assertThat(message.getIntProperty("JMSXDeliveryCount")).isEqualTo(2);
            }
        }
        session.commit();
        assertThat(plain(client).createConsumer(queue).receive(NEVER_MILLIS)).isNull();
    }

    /** Queues lie in several shards: some of these transactions touch two. */
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void movesMessagesBetweenQueuesOverARestart(JmsClient client) throws Exception {
        var names = new ArrayList<String>();
        for (int i = 0; i < 8; i++) {
            var session = transacted(client);
            var from = queue(session);
            var to = queue(session);
            names.add(to.getQueueName());
            send(client, from, 2);
            var consumer = session.createConsumer(from);
            var producer = session.createProducer(to);
            producer.send(session.createTextMessage(text(consumer)));
            session.commit();
            producer.send(session.createTextMessage(text(consumer)));
            session.rollback();
            assertThat(text(consumer)).isEqualTo("m1");
        }
        disconnect();
        connections.clear();
        BROKER.restart();

        var session = plain(client);
        for (var name : names) {
            var consumer = session.createConsumer(session.createQueue(name));
            assertThat(text(consumer)).isEqualTo("m0");
            assertThat(consumer.receiveNoWait()).isNull();
        }
    }

    @Spec("4.1/link-lost")
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void rollsBackWhenTheClientGoes(JmsClient client) throws JMSException {
        var session = transacted(client);
        var queue = queue(session);
        send(client, queue, 1);
        assertThat(text(session.createConsumer(queue))).isEqualTo("m0");
        session.createProducer(queue).send(session.createTextMessage("never"));
        connections.remove(0).close();

        var reader = plain(client).createConsumer(queue);
        assertThat(text(reader)).isEqualTo("m0");
        assertThat(reader.receive(NEVER_MILLIS)).isNull();
    }

    @Spec("4.5.8/timeout")
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void rollsBackWhatTakesTooLong(JmsClient client) throws JMSException {
        var session = transacted(client);
        var queue = queue(session);
        session.createProducer(queue).send(session.createTextMessage("too late"));
        var reader = plain(client).createConsumer(queue);
        assertThat(reader.receive(TIMEOUT_MILLIS + NEVER_MILLIS)).isNull();

        assertThatThrownBy(session::commit).isInstanceOf(JMSException.class).hasMessageContaining("timeout");
        assertThat(reader.receive(NEVER_MILLIS)).isNull();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void commitsNothingOfATransactionThatIsTooLarge(JmsClient client) throws JMSException {
        var session = transacted(client);
        var queue = queue(session);
        assertThatThrownBy(() -> {
                    var producer = session.createProducer(queue);
                    for (int i = 0; i < 12; i++) {
                        var message = session.createBytesMessage();
                        message.writeBytes(new byte[100_000]);
                        producer.send(message);
                    }
                    session.commit();
                })
                .isInstanceOf(JMSException.class);
        assertThat(plain(client).createConsumer(queue).receive(NEVER_MILLIS)).isNull();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void commitsLargeMessages(JmsClient client) throws JMSException {
        var session = transacted(client);
        var queue = queue(session);
        var producer = session.createProducer(queue);
        var message = session.createBytesMessage();
        message.writeBytes(new byte[LARGE_BYTES]);
        producer.send(message);
        session.rollback();
        var reader = plain(client).createConsumer(queue);
        producer.send(message);
        assertThat(reader.receive(NEVER_MILLIS)).isNull();
        session.commit();

        assertThat(((BytesMessage) reader.receive(SOON_MILLIS)).getBodyLength()).isEqualTo(LARGE_BYTES);
        assertThat(reader.receive(NEVER_MILLIS)).isNull();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void publishesToATopicWhenItIsCommitted(JmsClient client) throws JMSException {
        var session = transacted(client);
        var topic = session.createTopic("prices-" + UUID.randomUUID());
        var first = plain(client).createConsumer(topic);
        var second = plain(client).createConsumer(topic);
        var producer = session.createProducer(topic);
        producer.send(session.createTextMessage("rolled back"));
        session.rollback();
        producer.send(session.createTextMessage("committed"));
        assertThat(first.receive(NEVER_MILLIS)).isNull();
        session.commit();

        assertThat(text(first)).isEqualTo("committed");
        assertThat(text(second)).isEqualTo("committed");
        assertThat(second.receive(NEVER_MILLIS)).isNull();
    }

    private Session transacted(JmsClient client) throws JMSException {
        return connect(client).createSession(true, Session.SESSION_TRANSACTED);
    }

    private Session plain(JmsClient client) throws JMSException {
        return connect(client).createSession();
    }

    private Connection connect(JmsClient client) throws JMSException {
        var connection = client.connect(BROKER.uri());
        connections.add(connection);
        return connection;
    }

    private static Queue queue(Session session) throws JMSException {
        return session.createQueue("tx-" + UUID.randomUUID());
    }

    private void send(JmsClient client, Queue queue, int count) throws JMSException {
        var session = plain(client);
        var producer = session.createProducer(queue);
        for (int i = 0; i < count; i++) {
            producer.send(session.createTextMessage("m" + i));
        }
    }
}
