package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.Settlement;
import dev.godwit.jms.session.ConnectionSettings.Prefetch;
import dev.godwit.jms.session.ConnectionSettings.Receiving;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What settings make consumers and connections do otherwise. */
@Timeout(20)
class ReceivingRulesTest {
    private final FakeBroker broker = new FakeBroker();

    private static ConnectionSettings settings(Receiving receiving) {
        return settings(receiving, ConnectionSettings.Naming.DEFAULT, false);
    }

    private static ConnectionSettings settings(
            Receiving receiving, ConnectionSettings.Naming naming, boolean daemonThreads) {
        ConnectionSettings plain = FakeBroker.settings(10);
        return new ConnectionSettings(
                plain.connectTimeoutMillis(),
                plain.requestTimeoutMillis(),
                plain.sendTimeoutMillis(),
                plain.closeTimeoutMillis(),
                naming,
                plain.sending(),
                receiving,
                daemonThreads,
                plain.validatesPropertyNames(),
                plain.deserializationPolicy());
    }

    private static Receiving receiving(
            boolean byPriority, boolean localOnly, boolean noWaitLocalOnly, int redeliveries) {
        return new Receiving(
                Prefetch.all(10),
                1_000,
                true,
                byPriority,
                localOnly,
                noWaitLocalOnly,
                redeliveries,
                Settlement.REJECTED);
    }

    private MessageConsumer consumer(ConnectionSettings settings) throws Exception {
        ClientConnection connection = broker.connect(settings);
        connection.start();
        Session session = connection.createSession();
        return session.createConsumer(session.createQueue("q"));
    }

    private void deliver(String text, int priority) {
        MessageEnvelope envelope = new MessageEnvelope();
        envelope.setPriority(priority);
        broker.receiver().deliver(text, envelope);
    }

    private static List<String> receiveAll(MessageConsumer consumer, int count) throws JMSException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(consumer.receive(5_000).getBody(String.class));
        }
        return texts;
    }

    @Test
    void messagesInHandComeByPriorityWhereThatIsWanted() throws Exception {
        MessageConsumer inOrder = consumer(settings(receiving(false, false, false, -1)));
        deliver("a", 1);
        deliver("b", 9);
        assertThat(receiveAll(inOrder, 2)).containsExactly("a", "b");
        MessageConsumer byPriority = consumer(settings(receiving(true, false, false, -1)));
        deliver("low", 0);
        deliver("high 1", 9);
        deliver("middle", 4);
        deliver("high 2", 9);
        assertThat(receiveAll(byPriority, 4)).containsExactly("high 1", "high 2", "middle", "low");
        deliver("low", 0);
        deliver("high", 9);
        byPriority.close();
        assertThat(broker.log).containsSubsequence("RELEASED low", "RELEASED high");
    }

    @Test
    void theBrokerIsAskedOnceMoreUnlessOnlyWhatIsHereCounts() throws Exception {
        MessageConsumer asking = consumer(settings(receiving(false, false, false, -1)));
        assertThat(asking.receive(1)).isNull();
        assertThat(broker.log).containsOnlyOnce("drain");
        assertThat(asking.receiveNoWait()).isNull();
        assertThat(broker.log.stream().filter("drain"::equals)).hasSize(2);
        broker.log.clear();
        MessageConsumer local = consumer(settings(receiving(false, true, true, -1)));
        assertThat(local.receive(1)).isNull();
        assertThat(local.receiveNoWait()).isNull();
        assertThat(broker.log).doesNotContain("drain");
        MessageConsumer localWithoutWaiting = consumer(settings(receiving(false, false, true, -1)));
        assertThat(localWithoutWaiting.receiveNoWait()).isNull();
        assertThat(broker.log).doesNotContain("drain");
        assertThat(localWithoutWaiting.receive(1)).isNull();
        assertThat(broker.log).containsOnlyOnce("drain");
    }

    @Test
    void aMessageThatCameTooOftenIsNotGivenOut() throws Exception {
        MessageConsumer consumer = consumer(settings(receiving(false, false, false, 2)));
        MessageEnvelope often = new MessageEnvelope();
        often.setRedeliveries(3);
        MessageEnvelope twice = new MessageEnvelope();
        twice.setRedeliveries(2);
        broker.receiver().deliver("often", often);
        broker.receiver().deliver("twice", twice);
        assertThat(receiveAll(consumer, 1)).containsExactly("twice");
        assertThat(broker.log).contains("REJECTED often");
    }

    @Test
    void eachKindOfConsumerHasItsOwnPrefetch() throws Exception {
        Receiving plain = receiving(false, false, false, -1);
        ClientConnection connection = broker.connect(settings(plain.withPrefetch(new Prefetch(11, 12, 13, 14))));
        connection.start();
        Session session = connection.createSession();
        session.createConsumer(session.createQueue("q"));
        assertThat(broker.receiver().grants).containsExactly(11);
        session.createConsumer(session.createTopic("t"));
        assertThat(broker.receiver().grants).containsExactly(12);
        session.createSharedDurableConsumer(session.createTopic("t"), "name");
        assertThat(broker.receiver().grants).containsExactly(13);
        assertThat(session.createBrowser(session.createQueue("q"))
                        .getEnumeration()
                        .hasMoreElements())
                .isFalse();
        assertThat(broker.receiver().grants).containsExactly(14);
    }

    @Test
    void aConnectionThatDoesNotWaitForAClientIdentifierTakesNone() throws Exception {
        Receiving plain = receiving(false, false, false, -1);
        ClientConnection waiting =
                broker.connect(settings(plain, new ConnectionSettings.Naming("c-", "n-", true), false));
        waiting.setClientID("me");
        assertThat(broker.log).contains("connect as me");
        ClientConnection named =
                broker.connect(settings(plain, new ConnectionSettings.Naming("c-", "n-", false), false));
        assertThatThrownBy(() -> named.setClientID("me"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("jms.awaitClientID");
    }

    @Test
    void listenersRunOnDaemonThreadsWhereThatIsWanted() throws Exception {
        Receiving plain = receiving(false, false, false, -1);
        for (boolean daemon : new boolean[] {true, false}) {
            String prefix = "of-" + daemon + "-";
            ClientConnection connection =
                    broker.connect(settings(plain, new ConnectionSettings.Naming("ID:", prefix, true), daemon));
            connection.start();
            Session session = connection.createSession();
            session.createConsumer(session.createQueue("q")).setMessageListener(message -> {});
            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> thread.getName().startsWith("godwit-jms-listener " + prefix))
                    .isNotEmpty()
                    .allMatch(thread -> thread.isDaemon() == daemon);
            connection.close();
        }
    }
}
