package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.jms.BytesMessage;
import jakarta.jms.CompletionListener;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues, as Qpid JMS uses them. */
@Timeout(60)
final class QueueTest extends OneQueue {
    private static final int LARGE_BYTES = 99 << 20;

    @Test
    void keepsWhatIsSentInOrder() throws JMSException {
        send(session, texts(500));

        assertThat(Arrivals.texts(session.createConsumer(queue), 500)).isEqualTo(texts(500));
    }

    @Test
    void tellsDurableFromNonDurable() throws JMSException {
        var producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.send(session.createTextMessage("light"));
        producer.setDeliveryMode(DeliveryMode.PERSISTENT);
        producer.send(session.createTextMessage("heavy"));

        var consumer = session.createConsumer(queue);
        assertThat(consumer.receive(SOON_MILLIS).getJMSDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);
        assertThat(consumer.receive(SOON_MILLIS).getJMSDeliveryMode()).isEqualTo(DeliveryMode.PERSISTENT);
    }

    @Test
    void completesSendsThatNobodyWaitsFor() throws Exception {
        int count = 1_000;
        var completed = new CountDownLatch(count);
        var failed = new ConcurrentLinkedQueue<Exception>();
        var producer = session.createProducer(queue);
        for (var text : texts(count)) {
            producer.send(session.createTextMessage(text), new CompletionListener() {
                @Override
                public void onCompletion(Message message) {
                    completed.countDown();
                }

                @Override
                public void onException(Message message, Exception exception) {
                    failed.add(exception);
                    completed.countDown();
                }
            });
        }

        assertThat(completed.await(SOON_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
        assertThat(failed).isEmpty();
        assertThat(Arrivals.texts(session.createConsumer(queue), count)).isEqualTo(texts(count));
    }

    @Test
    void dropsMessagesWhoseTimeIsOver() throws JMSException {
        try (var other = connect("?jms.localMessageExpiry=false")) {
            var producer = session.createProducer(queue);
            producer.setTimeToLive(1);
            producer.send(session.createTextMessage("late"));
            producer.setTimeToLive(600_000);
            producer.send(session.createTextMessage("in time"));
            var otherSession = other.createSession();
            long sentMillis = System.currentTimeMillis();
            await().until(() -> System.currentTimeMillis() > sentMillis + 1);

            var consumer = otherSession.createConsumer(queue);
            assertThat(Arrivals.texts(consumer, 1)).containsExactly("in time");
            assertThat(consumer.receiveNoWait()).isNull();
        }
    }

    @Test
    void answersAnEmptyQueueAtOnceOrAfterAWhile() throws JMSException {
        var consumer = session.createConsumer(queue);

        assertThat(consumer.receiveNoWait()).isNull();
        assertThat(consumer.receive(NEVER_MILLIS)).isNull();
        send(session, texts(1));
        assertThat(Arrivals.texts(consumer, 1)).isEqualTo(texts(1));
        assertThat(consumer.receiveNoWait()).isNull();
    }

    @Test
    void findsWhatIsThereWithoutPrefetching() throws JMSException {
        send(session, texts(3));
        try (var other = connect("?jms.prefetchPolicy.all=0")) {
            var consumer = other.createSession().createConsumer(queue);

            assertThat(((TextMessage) consumer.receiveNoWait()).getText()).isEqualTo("0");
            assertThat(Arrivals.texts(consumer, 2)).containsExactly("1", "2");
            assertThat(consumer.receiveNoWait()).isNull();
        }
    }

    @Test
    void givesAConsumerNoMoreThanItsPrefetch() throws JMSException {
        send(session, texts(20));
        try (var greedy = connect("?jms.prefetchPolicy.all=5");
                var other = connect("")) {
            var first = greedy.createSession(Session.CLIENT_ACKNOWLEDGE).createConsumer(queue);
            assertThat(Arrivals.texts(first, 1)).containsExactly("0");

            // What the first one was not sent, the second one gets.
            var second = other.createSession().createConsumer(queue);
            assertThat(Arrivals.texts(second, 15)).isEqualTo(texts(20).subList(5, 20));
            assertThat(second.receiveNoWait()).isNull();
        }
    }

    @Test
    void givesEachConsumerItsTurn() throws JMSException {
        var consumers = new ArrayList<MessageConsumer>();
        for (int i = 0; i < 3; i++) {
            consumers.add(connection.createSession().createConsumer(queue));
        }
        send(session, texts(300));

        for (var consumer : consumers) {
            assertThat(Arrivals.texts(consumer, 100)).hasSize(100).isSubsetOf(texts(300));
            assertThat(consumer.receiveNoWait()).isNull();
        }
    }

    @Test
    void callsAListener() throws JMSException {
        var heard = new ConcurrentLinkedQueue<String>();
        session.createConsumer(queue).setMessageListener(message -> heard.add(text(message)));
        try (var other = connect("")) {
            send(other.createSession(), texts(100));

            await().untilAsserted(() -> assertThat(heard).containsExactlyElementsOf(texts(100)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Session.AUTO_ACKNOWLEDGE, Session.DUPS_OK_ACKNOWLEDGE})
    void forgetsWhatIsAcknowledgedByItself(int mode) throws JMSException {
        send(session, texts(10));
        try (var other = connect("")) {
            assertThat(Arrivals.texts(other.createSession(mode).createConsumer(queue), 10))
                    .isEqualTo(texts(10));
        }

        assertThat(session.createConsumer(queue).receive(NEVER_MILLIS)).isNull();
    }

    @Test
    void forgetsOnlyWhatTheClientAcknowledged() throws JMSException {
        send(session, texts(10));
        try (var other = connect("")) {
            var consumer = other.createSession(Session.CLIENT_ACKNOWLEDGE).createConsumer(queue);
            Arrivals.texts(consumer, 3);
            consumer.receive(SOON_MILLIS).acknowledge();
            Arrivals.texts(consumer, 2);
        }

        var consumer = session.createConsumer(queue);
        var redelivered = consumer.receive(SOON_MILLIS);
        assertThat(text(redelivered)).isEqualTo("4");
        assertThat(redelivered.getJMSRedelivered()).isTrue();
        assertThat(Arrivals.texts(consumer, 5)).containsExactly("5", "6", "7", "8", "9");
        assertThat(consumer.receiveNoWait()).isNull();
    }

    @Test
    void deliversAgainAfterRecover() throws JMSException {
        send(session, texts(3));
        var recovering = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        var consumer = recovering.createConsumer(queue);
        Arrivals.texts(consumer, 2);

        recovering.recover();

        var again = consumer.receive(SOON_MILLIS);
        assertThat(text(again)).isEqualTo("0");
        assertThat(again.getJMSRedelivered()).isTrue();
        assertThat(again.getIntProperty("JMSXDeliveryCount")).isEqualTo(2);
        assertThat(Arrivals.texts(consumer, 2)).containsExactly("1", "2");
    }

    @Test
    void keepsTheOrderOfWhatAConsumerGivesBack() throws JMSException {
        send(session, texts(50));
        try (var other = connect("")) {
            Arrivals.texts(other.createSession(Session.CLIENT_ACKNOWLEDGE).createConsumer(queue), 10);
        }

        assertThat(Arrivals.texts(session.createConsumer(queue), 50)).isEqualTo(texts(50));
    }

    @Test
    void sendsAnywhereThroughOneProducer() throws JMSException {
        var producer = session.createProducer(null);
        var second = session.createQueue(queue.getQueueName() + "-second");
        producer.send(queue, session.createTextMessage("first"));
        producer.send(second, session.createTextMessage("second"));

        assertThat(Arrivals.texts(session.createConsumer(second), 1)).containsExactly("second");
        assertThat(Arrivals.texts(session.createConsumer(queue), 1)).containsExactly("first");
    }

    @Test
    void servesTheSimplifiedApi() throws JMSException {
        try (var context = new JmsConnectionFactory(BROKER.uri()).createContext(JMSContext.CLIENT_ACKNOWLEDGE)) {
            context.createProducer().setProperty("number", 7).send(queue, "simple");
            var received = context.createConsumer(queue).receive(SOON_MILLIS);

            assertThat(received.getBody(String.class)).isEqualTo("simple");
            assertThat(received.getIntProperty("number")).isEqualTo(7);
            context.acknowledge();
        }

        assertThat(session.createConsumer(queue).receive(NEVER_MILLIS)).isNull();
    }

    @Test
    void endsATemporaryQueueWithItsConnection() throws JMSException {
        String name;
        try (var other = connect("")) {
            var temporary = other.createSession().createTemporaryQueue();
            name = temporary.getQueueName();
            session.createProducer(temporary).send(session.createTextMessage("hello"));
            assertThatThrownBy(() -> session.createConsumer(temporary)).isInstanceOf(JMSException.class);
        }

        await().untilAsserted(() -> assertThatThrownBy(
                        () -> session.createProducer(session.createQueue(name)).close())
                .isInstanceOf(JMSException.class));
    }

    @Test
    void deletesATemporaryQueue() throws JMSException {
        var temporary = session.createTemporaryQueue();
        session.createProducer(temporary).send(session.createTextMessage("gone"));

        temporary.delete();

        assertThatThrownBy(() -> session.createConsumer(temporary)).isInstanceOf(JMSException.class);
    }

    @Test
    void carriesAMessageOfManyFrames() throws JMSException {
        var body = new byte[LARGE_BYTES];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i * 31 + i / 1_000);
        }
        var large = session.createBytesMessage();
        large.writeBytes(body);
        session.createProducer(queue).send(large);

        var received = (BytesMessage) session.createConsumer(queue).receive(3 * SOON_MILLIS);
        var read = new byte[LARGE_BYTES];
        assertThat(received.getBodyLength()).isEqualTo(LARGE_BYTES);
        received.readBytes(read);
        assertThat(read).isEqualTo(body);
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    private void send(Session sending, List<String> texts) throws JMSException {
        MessageProducer producer = sending.createProducer(queue);
        for (var text : texts) {
            producer.send(sending.createTextMessage(text));
        }
    }

    private static String text(Message message) {
        try {
            return ((TextMessage) message).getText();
        } catch (JMSException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }
}
