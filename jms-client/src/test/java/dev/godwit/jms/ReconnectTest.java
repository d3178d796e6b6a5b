package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.CuttableWire;
import dev.godwit.jms.failover.FailoverProviderFactory;
import dev.godwit.jms.failover.FailoverSettings;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Settlement;
import dev.godwit.jms.provider.amqp.AmqpProviderFactory;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.session.ClientConnection;
import dev.godwit.jms.session.ConnectionSettings;
import dev.godwit.jms.session.Opening;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.Topic;
import jakarta.jms.TransactionRolledBackException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections that are cut, and a broker that stays: what it had heard before the cut must not be done again. */
@Timeout(120)
final class ReconnectTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    private static final long SOON_MILLIS = 10_000;
    private static final AtomicInteger QUEUES = new AtomicInteger();

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final RecordedStates states = new RecordedStates();
    private CuttableWire wire;
    private ClientConnection connection;

    @BeforeEach
    void connect() throws Exception {
        wire = new CuttableWire(BROKER.broker().port());
        connection = open(null);
    }

    private ClientConnection open(@Nullable String clientId) throws JMSException {
        return open(clientId, ConnectionSettings.DEFAULT);
    }

    private ClientConnection open(@Nullable String clientId, ConnectionSettings timeouts) throws JMSException {
        FailoverSettings settings =
                new FailoverSettings(0, 10, 200, true, 2, -1, -1, 10, false, FailoverSettings.ServerListAction.REPLACE);
        ClientConnection opened = new Opening(
                        new FailoverProviderFactory(List.of(new AmqpProviderFactory(node(wire.port()))), settings),
                        timeouts,
                        clientId,
                        null,
                        null,
                        failure -> failures.add(failure.toString()))
                .connect();
        opened.addConnectionStateListener(states);
        opened.start();
        return opened;
    }

    private static AmqpSettings node(int port) {
        return new AmqpSettings("127.0.0.1", port, 5_000, null, 60_000, 128 * 1024);
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        wire.close();
        assertThat(failures).isEmpty();
    }

    private void cutAndAwaitRestoration() throws Exception {
        wire.cut();
        states.assertNext("interrupted");
        states.assertNext("restored");
    }

    private static String newName() {
        return "reconnect-" + QUEUES.incrementAndGet();
    }

    private static String text(@Nullable Message message) throws JMSException {
        return message == null ? "nothing" : message.getBody(String.class);
    }

    @Test
    void hasEachMessageOnceAndInOrderThroughManyCuts() throws Exception {
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        Random random = new Random(seed);
        List<Integer> received = Collections.synchronizedList(new ArrayList<>());
        Session receiving = connection.createSession();
        Queue queue = receiving.createQueue(newName());
        receiving.createConsumer(queue).setMessageListener(message -> {
            try {
                received.add(message.getBody(Integer.class));
            } catch (JMSException unreadable) {
                failures.add(unreadable.toString());
            }
        });
        Session sending = connection.createSession();
        MessageProducer producer = sending.createProducer(queue);
        int sent = 0;
        for (int cut = 0; cut < 20; cut++) {
            int count = 1 + random.nextInt(200);
            for (int i = 0; i < count; i++) {
                if (random.nextInt(10) == 0) {
                    producer.send(sending.createObjectMessage(sent++));
                } else {
                    producer.send(sending.createObjectMessage(sent++), new Completion(failures));
                }
            }
            wire.cut();
        }
        producer.close();
        int all = sent;
        await().until(() -> received.size() >= all);
        assertThat(received)
                .as("rerun with -Dgodwit.seed=" + seed)
                .hasSize(all)
                .isSorted()
                .doesNotHaveDuplicates();
    }

    private record Completion(List<String> failures) implements jakarta.jms.CompletionListener {
        @Override
        public void onCompletion(Message message) {}

        @Override
        public void onException(Message message, Exception failure) {
            failures.add(failure.toString());
        }
    }

    @Test
    void waitsWithASendUntilThereIsAConnectionAgain() throws Exception {
        Session session = connection.createSession();
        Queue queue = session.createQueue(newName());
        MessageProducer producer = session.createProducer(queue);
        wire.tearDown();
        states.assertNext("interrupted");
        Thread mender = new Thread(() -> {
            await().until(() -> wire.connections() == 1);
            wire.mend();
        });
        mender.start();
        producer.send(session.createTextMessage("1"));
        mender.join();
        assertThat(text(session.createConsumer(queue).receive(SOON_MILLIS))).isEqualTo("1");
    }

    /** What came again in vain took the only credit that there was. */
    @Test
    void goesOnWithTheNextMessageWhenTheOneThatWasBeingConsumedHasComeAgain() throws Exception {
        ConnectionSettings defaults = ConnectionSettings.DEFAULT;
        ConnectionSettings narrow =
                defaults.withReceiving(defaults.receiving().withPrefetch(new ConnectionSettings.Prefetch(1, 1, 1, 1)));
        try (ClientConnection one = open(null, narrow)) {
            Session session = one.createSession();
            Queue queue = session.createQueue(newName());
            MessageProducer producer = session.createProducer(queue);
            producer.send(session.createTextMessage("1"));
            producer.send(session.createTextMessage("2"));
            producer.close();
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            one.createSession().createConsumer(queue).setMessageListener(message -> {
                try {
                    String text = message.getBody(String.class);
                    if (text.equals("1")) {
                        wire.cut();
                        await().until(() -> hasComeAgain(queue.getQueueName()));
                    }
                    received.add(text);
                } catch (Exception failed) {
                    failures.add(failed.toString());
                }
            });
            assertThat(received.poll(SOON_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo("1");
            assertThat(received.poll(SOON_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo("2");
        }
    }

    private static boolean hasComeAgain(String queue) {
        return BROKER.broker().queueStatistics().join().stream()
                .anyMatch(each -> each.queue().equals(queue) && each.returned() == 1 && each.acquired() == 1);
    }

    @Test
    void saysWhoDidNotAnswerWhatAndForHowLong() throws Exception {
        ConnectionSettings impatient = ConnectionSettings.DEFAULT.withTimeouts(15_000, 300, 300, 15_000);
        try (ClientConnection hasty = open(null, impatient)) {
            Session session = hasty.createSession();
            Queue queue = session.createQueue("nobody-there");
            MessageProducer producer = session.createProducer(queue);
            wire.tearDown();
            states.assertNext("interrupted");
            assertThatThrownBy(() -> producer.send(session.createTextMessage("1")))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContainingAll(
                            "sending to queue \"nobody-there\"",
                            "within 300 ms",
                            "not connected for",
                            "last to 127.0.0.1:" + wire.port());
            assertThatThrownBy(() -> session.createConsumer(queue))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContainingAll("creating a consumer of queue \"nobody-there\"", "not connected for");
            wire.mend();
            assertThat(session.createConsumer(queue).receive(200))
                    .as("a send that has failed is not made after all")
                    .isNull();
        }
    }

    @Test
    void showsAgainWhatWasNotAcknowledgedAndNotWhatWasAcknowledgedAfterTheCut() throws Exception {
        Session session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        Queue queue = session.createQueue(newName());
        MessageProducer producer = session.createProducer(queue);
        MessageConsumer consumer = session.createConsumer(queue);
        producer.send(session.createTextMessage("1"));
        Message first = consumer.receive(SOON_MILLIS);
        cutAndAwaitRestoration();
        first.acknowledge();
        producer.send(session.createTextMessage("2"));
        Message second = consumer.receive(SOON_MILLIS);
        assertThat(text(second)).isEqualTo("2");
        cutAndAwaitRestoration();
        Message again = consumer.receive(SOON_MILLIS);
        assertThat(text(again)).isEqualTo("2");
        assertThat(again.getJMSRedelivered()).isTrue();
        again.acknowledge();
        assertThat(consumer.receiveNoWait()).isNull();
        cutAndAwaitRestoration();
        assertThat(consumer.receiveNoWait()).isNull();
    }

    @Test
    void rollsBackATransactionThatIsCut() throws Exception {
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        Queue from = session.createQueue(newName());
        Queue to = session.createQueue(newName());
        MessageProducer producer = session.createProducer(null);
        MessageConsumer consumer = session.createConsumer(from);
        producer.send(from, session.createTextMessage("1"));
        producer.send(from, session.createTextMessage("2"));
        session.commit();
        producer.send(to, consumer.receive(SOON_MILLIS));
        cutAndAwaitRestoration();
        producer.send(to, consumer.receive(SOON_MILLIS));
        assertThatThrownBy(session::commit).isInstanceOf(TransactionRolledBackException.class);
        for (String each : List.of("1", "2")) {
            Message message = consumer.receive(SOON_MILLIS);
            assertThat(text(message)).isEqualTo(each);
            producer.send(to, message);
        }
        session.commit();
        MessageConsumer behind = session.createConsumer(to);
        assertThat(text(behind.receive(SOON_MILLIS))).isEqualTo("1");
        assertThat(text(behind.receive(SOON_MILLIS))).isEqualTo("2");
        assertThat(behind.receiveNoWait()).isNull();
        session.commit();
    }

    @Test
    void answersOnATemporaryQueueAfterTheCut() throws Exception {
        Session session = connection.createSession();
        TemporaryQueue replies = session.createTemporaryQueue();
        MessageConsumer replied = session.createConsumer(replies);
        Queue queue = session.createQueue(newName());
        MessageProducer producer = session.createProducer(null);
        cutAndAwaitRestoration();
        Message request = session.createTextMessage("ask");
        request.setJMSReplyTo(replies);
        producer.send(queue, request);
        assertThat(request.getJMSReplyTo()).isEqualTo(replies);
        Message asked = session.createConsumer(queue).receive(SOON_MILLIS);
        producer.send(asked.getJMSReplyTo(), session.createTextMessage("answer"));
        Message answer = replied.receive(SOON_MILLIS);
        assertThat(text(answer)).isEqualTo("answer");
        assertThat(answer.getJMSDestination()).isEqualTo(replies);
        replied.close();
        replies.delete();
    }

    @Test
    void keepsADurableSubscriptionOfANamedConnectionThroughACut() throws Exception {
        try (ClientConnection named = open(newName())) {
            Session session = named.createSession();
            Topic topic = session.createTopic(newName());
            MessageConsumer subscriber = session.createDurableConsumer(topic, "s");
            Session other = connection.createSession();
            wire.tearDown();
            try (ClientConnection direct = BROKER.factory().createConnection()) {
                Session publishing = direct.createSession();
                publishing.createProducer(topic).send(publishing.createTextMessage("meanwhile"));
            }
            wire.mend();
            assertThat(text(subscriber.receive(SOON_MILLIS))).isEqualTo("meanwhile");
            other.createProducer(topic).send(other.createTextMessage("later"));
            assertThat(text(subscriber.receive(SOON_MILLIS))).isEqualTo("later");
            subscriber.close();
            session.unsubscribe("s");
        }
    }

    /** Else what was acknowledged on a link or session that is gone would be remembered as long as the connection lives. */
    @Test
    void hearsOfEverySettlementBeforeALinkOrASessionIsClosed() throws Exception {
        String queue = newName();
        fill(queue, 200);
        Provider provider = new AmqpProviderFactory(node(BROKER.broker().port()))
                .connect(new ConnectRequest(newName(), false, null, null).forReconnecting(), new ProviderListener() {
                    @Override
                    public void onConnectionLost(ProviderException cause) {
                        failures.add(cause.toString());
                    }
                })
                .join();
        AtomicInteger confirmed = new AtomicInteger();
        ProviderSession session = provider.openSession(false).join();
        consume(queue, session, confirmed).close().join();
        assertThat(confirmed).hasValue(100);
        consume(queue, session, confirmed);
        session.close().join();
        assertThat(confirmed).hasValue(200);
        provider.close().join();
    }

    private static void fill(String queue, int messages) throws JMSException {
        try (ClientConnection direct = BROKER.factory().createConnection()) {
            Session session = direct.createSession();
            MessageProducer producer = session.createProducer(session.createQueue(queue));
            for (int i = 0; i < messages; i++) {
                producer.send(session.createTextMessage("" + i));
            }
        }
    }

    /** Takes 100 and settles them, whoever may hear of that. */
    private static Receiver consume(String queue, ProviderSession session, AtomicInteger confirmed) throws Exception {
        BlockingQueue<Delivery> came = new LinkedBlockingQueue<>();
        Receiver receiver = session.openReceiver(ReceiverRequest.of(Address.queue(queue)), new ReceiverListener() {
                    @Override
                    public void onDelivery(Delivery delivery) {
                        came.add(delivery);
                    }

                    @Override
                    public void onClosed(ProviderException cause) {}
                })
                .join();
        receiver.grant(100);
        for (int i = 0; i < 100; i++) {
            Delivery delivery = came.poll(SOON_MILLIS, TimeUnit.MILLISECONDS);
            assertThat(delivery).isNotNull();
            delivery.settle(Settlement.ACCEPTED, confirmed::incrementAndGet);
        }
        return receiver;
    }
}
