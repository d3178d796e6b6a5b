package dev.godwit.it.qpid.older;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.InvalidClientIDException;
import javax.jms.JMSContext;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.ObjectMessage;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What programs of the javax line do most. */
@Timeout(60)
final class QueueTest {
    private static final long SOON_MILLIS = 10_000;
    private static final long NEVER_MILLIS = 300;
    private static final String QUEUE = "javax";

    private Broker broker;
    private Connection connection;
    private Session session;
    private Queue queue;

    @TempDir
    private Path data;

    @BeforeEach
    void connect() throws Exception {
        broker = Broker.start(BrokerConfiguration.defaults(data).withPort(0));
        connection = open();
        session = connection.createSession();
        queue = session.createQueue(QUEUE);
    }

    @AfterEach
    void disconnect() throws JMSException {
        connection.close();
        broker.close();
    }

    @Test
    void keepsDurableMessagesThroughARestart() throws Exception {
        send(100);
        connection.close();
        int port = broker.port();
        broker.close();

        broker = Broker.start(BrokerConfiguration.defaults(data).withPort(port));
        connection = open();
        var consumer = connection.createSession().createConsumer(queue);
        assertThat(receive(consumer, 100)).isEqualTo(texts(100));
    }

    @Test
    void carriesEveryTypeOfMessage() throws JMSException {
        var producer = session.createProducer(queue);
        var bytes = session.createBytesMessage();
        bytes.writeUTF("\u00e4");
        var map = session.createMapMessage();
        map.setLong("long", Long.MAX_VALUE);
        var stream = session.createStreamMessage();
        stream.writeDouble(0.5);
        producer.send(session.createTextMessage("\u20ac"));
        producer.send(bytes);
        producer.send(map);
        producer.send(stream);
        producer.send(session.createObjectMessage("object"));

        var consumer = session.createConsumer(queue);
        assertThat(((TextMessage) consumer.receive(SOON_MILLIS)).getText()).isEqualTo("\u20ac");
        assertThat(((BytesMessage) consumer.receive(SOON_MILLIS)).readUTF()).isEqualTo("\u00e4");
        assertThat(((MapMessage) consumer.receive(SOON_MILLIS)).getLong("long")).isEqualTo(Long.MAX_VALUE);
        assertThat(((StreamMessage) consumer.receive(SOON_MILLIS)).readDouble()).isEqualTo(0.5);
        assertThat(((ObjectMessage) consumer.receive(SOON_MILLIS)).getObject()).isEqualTo("object");
    }

    @Test
    void carriesPropertiesAndHeaders() throws JMSException {
        var message = session.createTextMessage("headers");
        message.setIntProperty("number", 42);
        message.setJMSType("a-type");
        message.setJMSCorrelationID("a-correlation");
        message.setJMSReplyTo(session.createQueue("answers"));
        session.createProducer(queue).send(message, DeliveryMode.NON_PERSISTENT, 8, 600_000);

        var received = session.createConsumer(queue).receive(SOON_MILLIS);
        assertThat(received.getIntProperty("number")).isEqualTo(42);
        assertThat(received.getJMSType()).isEqualTo("a-type");
        assertThat(received.getJMSCorrelationID()).isEqualTo("a-correlation");
        assertThat(((Queue) received.getJMSReplyTo()).getQueueName()).isEqualTo("answers");
        assertThat(received.getJMSDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);
        assertThat(received.getJMSPriority()).isEqualTo(8);
        assertThat(received.getJMSMessageID()).isEqualTo(message.getJMSMessageID());
    }

    @Test
    void forgetsOnlyWhatTheClientAcknowledged() throws JMSException {
        send(4);
        try (var other = open()) {
            var consumer = other.createSession(Session.CLIENT_ACKNOWLEDGE).createConsumer(queue);
            consumer.receive(SOON_MILLIS).acknowledge();
            receive(consumer, 2);
        }

        var consumer = session.createConsumer(queue);
        var redelivered = consumer.receive(SOON_MILLIS);
        assertThat(text(redelivered)).isEqualTo("1");
        assertThat(redelivered.getJMSRedelivered()).isTrue();
        assertThat(receive(consumer, 2)).containsExactly("2", "3");
    }

    @Test
    void deliversAgainAfterRecover() throws JMSException {
        send(2);
        var recovering = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        var consumer = recovering.createConsumer(queue);
        receive(consumer, 1);

        recovering.recover();

        assertThat(receive(consumer, 2)).isEqualTo(texts(2));
    }

    @Test
    void answersAnEmptyQueueAtOnce() throws JMSException {
        var consumer = session.createConsumer(queue);

        assertThat(consumer.receiveNoWait()).isNull();
        assertThat(consumer.receive(NEVER_MILLIS)).isNull();
    }

    @Test
    void callsAListener() throws JMSException {
        var heard = new ConcurrentLinkedQueue<String>();
        var listening = connection.createSession();
        listening.createConsumer(queue).setMessageListener(message -> heard.add(text(message)));

        send(50);

        await().untilAsserted(() -> assertThat(heard).containsExactlyElementsOf(texts(50)));
    }

    @Test
    void answersThroughATemporaryQueue() throws JMSException {
        var answers = session.createTemporaryQueue();
        var question = session.createTextMessage("question");
        question.setJMSReplyTo(answers);
        session.createProducer(queue).send(question);

        var replying = connection.createSession();
        var asked = replying.createConsumer(queue).receive(SOON_MILLIS);
        replying.createProducer(null).send(asked.getJMSReplyTo(), replying.createTextMessage("answer"));

        assertThat(receive(session.createConsumer(answers), 1)).containsExactly("answer");
    }

    @Test
    void servesTheSimplifiedApi() {
        try (var context = new JmsConnectionFactory(broker.uri()).createContext(JMSContext.AUTO_ACKNOWLEDGE)) {
            context.createProducer().send(queue, "simple");

            assertThat(context.createConsumer(queue).receiveBody(String.class, SOON_MILLIS))
                    .isEqualTo("simple");
        }
    }

    @Test
    void letsAClientIdInOnce() throws JMSException {
        try (var first = new JmsConnectionFactory(broker.uri()).createConnection();
                var second = new JmsConnectionFactory(broker.uri()).createConnection()) {
            first.setClientID("the only one");

            assertThatThrownBy(() -> second.setClientID("the only one")).isInstanceOf(InvalidClientIDException.class);
        }
    }

    private Connection open() throws JMSException {
        var opened = new JmsConnectionFactory(broker.uri()).createConnection();
        opened.start();
        return opened;
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    private void send(int count) throws JMSException {
        var producer = session.createProducer(queue);
        for (var text : texts(count)) {
            producer.send(session.createTextMessage(text));
        }
    }

    private static List<String> receive(MessageConsumer consumer, int count) throws JMSException {
        var texts = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            var message = consumer.receive(SOON_MILLIS);
            assertThat(message).as("message " + i + " of " + count).isNotNull();
            texts.add(text(message));
        }
        return texts;
    }

    private static String text(Message message) {
        try {
            return ((TextMessage) message).getText();
        } catch (JMSException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }
}
