package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.transport.CuttableWire;
import dev.godwit.jms.failover.FailoverProviderFactory;
import dev.godwit.jms.failover.FailoverSettings;
import dev.godwit.jms.provider.amqp.AmqpProviderFactory;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.session.ClientConnection;
import dev.godwit.jms.session.ConnectionSettings;
import dev.godwit.jms.session.Opening;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TransactionRolledBackException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A way to the broker stands still: the client notices, comes by another one, and is there before the broker has noticed anything.
 * What the first connection was given is not behind what comes on the second.
 */
@Timeout(120)
final class SuccessionTest {
    /** Of itself it notices nothing as long as a test lasts. */
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    private static final long SOON_MILLIS = 10_000;
    private static final int SILENCE_MILLIS = 1_000;
    private static final int MESSAGES = 40;
    private static final AtomicInteger QUEUES = new AtomicInteger();

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final RecordedStates states = new RecordedStates();
    private CuttableWire first;
    private CuttableWire second;
    private @Nullable ClientConnection connection;
    private @Nullable ClientConnection direct;
    private final String queueName = "succession-" + QUEUES.incrementAndGet();

    @BeforeEach
    void makeWays() throws Exception {
        first = new CuttableWire(BROKER.broker().port());
        second = new CuttableWire(BROKER.broker().port());
        direct = BROKER.factory().createConnection();
    }

    @AfterEach
    void close() throws Exception {
        if (connection != null) {
            connection.close();
        }
        if (direct != null) {
            direct.close();
        }
        first.close();
        second.close();
        assertThat(failures).isEmpty();
    }

    private ClientConnection open(@Nullable String clientId) throws JMSException {
        var settings =
                new FailoverSettings(0, 10, 200, true, 2, -1, -1, 10, false, FailoverSettings.ServerListAction.REPLACE);
        var defaults = ConnectionSettings.DEFAULT;
        var few = defaults.withReceiving(
                defaults.receiving().withPrefetch(new ConnectionSettings.Prefetch(20, 20, 20, 20)));
        var opened = new Opening(
                        new FailoverProviderFactory(List.of(by(first), by(second)), settings),
                        few,
                        clientId,
                        null,
                        null,
                        failure -> failures.add(failure.toString()))
                .connect();
        opened.addConnectionStateListener(states);
        opened.start();
        connection = opened;
        return opened;
    }

    private static AmqpProviderFactory by(CuttableWire wire) {
        return new AmqpProviderFactory(
                new AmqpSettings("127.0.0.1", wire.port(), 5_000, null, SILENCE_MILLIS, 128 * 1024));
    }

    private void put(int from, int to) throws JMSException {
        if (direct == null) {
            throw new IllegalStateException("not connected");
        }
        try (Session session = direct.createSession()) {
            MessageProducer producer = session.createProducer(session.createQueue(queueName));
            for (int i = from; i < to; i++) {
                producer.send(session.createObjectMessage(i));
            }
        }
    }

    private static int number(@Nullable Message message) throws JMSException {
        return message == null ? -1 : message.getBody(Integer.class);
    }

    private static void assertNumbers(MessageConsumer consumer, int from, int to) throws JMSException {
        for (int i = from; i < to; i++) {
            assertThat(number(consumer.receive(SOON_MILLIS))).isEqualTo(i);
        }
    }

    private void standStill() throws Exception {
        first.stop();
        states.assertNext("interrupted");
        states.assertNext("restored");
    }

    @Test
    void consumerThatComesAgainHasAllInOrder() throws Exception {
        put(0, MESSAGES / 2);
        Session session = open(null).createSession();
        MessageConsumer consumer = session.createConsumer(session.createQueue(queueName));
        assertNumbers(consumer, 0, 5);
        standStill();
        put(MESSAGES / 2, MESSAGES);
        assertNumbers(consumer, 5, MESSAGES);
        first.goOn();
        put(MESSAGES, MESSAGES + 5);
        assertNumbers(consumer, MESSAGES, MESSAGES + 5);
        assertThat(consumer.receiveNoWait()).isNull();
    }

    /** What it has taken in a transaction goes back before anything else, too. */
    @Test
    void transactionEndsWithTheConnectionThatStandsStill() throws Exception {
        put(0, MESSAGES / 2);
        Session session = open(null).createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(session.createQueue(queueName));
        assertNumbers(consumer, 0, 5);
        standStill();
        put(MESSAGES / 2, MESSAGES);
        assertThatThrownBy(session::commit).isInstanceOf(TransactionRolledBackException.class);
        assertNumbers(consumer, 0, MESSAGES);
        session.commit();
        first.goOn();
        assertThat(consumer.receiveNoWait()).isNull();
    }

    /** A name that may be used once only is free for whoever has it. */
    @Test
    void namedConnectionComesAgainAtOnce() throws Exception {
        put(0, MESSAGES / 2);
        Session session = open("me-" + queueName).createSession();
        MessageConsumer consumer = session.createConsumer(session.createQueue(queueName));
        assertNumbers(consumer, 0, 5);
        standStill();
        assertNumbers(consumer, 5, MESSAGES / 2);
        first.goOn();
    }
}
