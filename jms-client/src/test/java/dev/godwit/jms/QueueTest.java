package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Queues of a real broker through the whole client. */
@Timeout(30)
class QueueTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    private static final long SOON_MILLIS = 5_000;

    private Connection connection;
    private Session session;
    private Queue queue;

    @BeforeEach
    void connect(TestInfo test) throws JMSException {
        connection = BROKER.factory().createConnection();
        connection.start();
        session = connection.createSession();
        queue = session.createQueue(test.getTestMethod().orElseThrow().getName());
    }

    @AfterEach
    void disconnect() throws JMSException {
        connection.close();
    }

    @Test
    void carriesEveryMessageTypeWithItsBody() throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        MessageConsumer consumer = session.createConsumer(queue);

        producer.send(session.createTextMessage("grüße"));
        assertThat(((TextMessage) consumer.receive(SOON_MILLIS)).getText()).isEqualTo("grüße");

        BytesMessage bytes = session.createBytesMessage();
        bytes.writeInt(42);
        bytes.writeUTF("forty-two");
        producer.send(bytes);
        BytesMessage bytesBack = (BytesMessage) consumer.receive(SOON_MILLIS);
        assertThat(bytesBack.readInt()).isEqualTo(42);
        assertThat(bytesBack.readUTF()).isEqualTo("forty-two");

        MapMessage map = session.createMapMessage();
        map.setChar("char", 'x');
        map.setBytes("bytes", new byte[] {1, 2});
        map.setObject("null", null);
        map.setFloat("float", 1.5f);
        producer.send(map);
        MapMessage mapBack = (MapMessage) consumer.receive(SOON_MILLIS);
        assertThat(mapBack.getChar("char")).isEqualTo('x');
        assertThat(mapBack.getBytes("bytes")).containsExactly(1, 2);
        assertThat(mapBack.itemExists("null")).isTrue();
        assertThat(mapBack.getObject("float")).isEqualTo(1.5f);

        StreamMessage stream = session.createStreamMessage();
        stream.writeShort((short) 7);
        stream.writeString("seven");
        stream.writeBytes(new byte[] {7});
        producer.send(stream);
        StreamMessage streamBack = (StreamMessage) consumer.receive(SOON_MILLIS);
        assertThat(streamBack.readObject()).isEqualTo((short) 7);
        assertThat(streamBack.readString()).isEqualTo("seven");
        assertThat((byte[]) streamBack.readObject()).containsExactly(7);

        producer.send(session.createObjectMessage("an object"));
        assertThat(((ObjectMessage) consumer.receive(SOON_MILLIS)).getObject()).isEqualTo("an object");

        Message plain = session.createMessage();
        plain.setStringProperty("only", "properties");
        producer.send(plain);
        assertThat(consumer.receive(SOON_MILLIS).getStringProperty("only")).isEqualTo("properties");
    }

    @Test
    void carriesHeadersAndProperties() throws JMSException {
        Message message = session.createTextMessage("x");
        message.setJMSCorrelationID("corr");
        message.setJMSReplyTo(session.createTopic("answers"));
        message.setJMSType("kind");
        message.setStringProperty("JMSXGroupID", "g");
        message.setIntProperty("JMSXGroupSeq", 3);
        message.setLongProperty("long", 1L << 40);
        message.setByteProperty("byte", (byte) 5);
        message.setBooleanProperty("flag", true);
        message.setDoubleProperty("double", 2.5);
        MessageProducer producer = session.createProducer(queue);
        long before = System.currentTimeMillis();
        producer.send(message, DeliveryMode.NON_PERSISTENT, 7, 60_000);

        Message back = session.createConsumer(queue).receive(SOON_MILLIS);

        assertThat(back.getJMSMessageID()).isEqualTo(message.getJMSMessageID()).startsWith("ID:");
        assertThat(back.getJMSCorrelationID()).isEqualTo("corr");
        assertThat(back.getJMSReplyTo()).isEqualTo(session.createTopic("answers"));
        assertThat(back.getJMSDestination()).isEqualTo(queue);
        assertThat(back.getJMSType()).isEqualTo("kind");
        assertThat(back.getJMSDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);
        assertThat(back.getJMSPriority()).isEqualTo(7);
        assertThat(back.getJMSTimestamp()).isBetween(before, System.currentTimeMillis());
        assertThat(back.getJMSExpiration()).isEqualTo(back.getJMSTimestamp() + 60_000);
        assertThat(back.getJMSDeliveryTime()).isEqualTo(back.getJMSTimestamp());
        assertThat(back.getJMSRedelivered()).isFalse();
        assertThat(back.getIntProperty("JMSXDeliveryCount")).isEqualTo(1);
        assertThat(back.getStringProperty("JMSXGroupID")).isEqualTo("g");
        assertThat(back.getIntProperty("JMSXGroupSeq")).isEqualTo(3);
        assertThat(back.getObjectProperty("long")).isEqualTo(1L << 40);
        assertThat(back.getObjectProperty("byte")).isEqualTo((byte) 5);
        assertThat(back.getBooleanProperty("flag")).isTrue();
        assertThat(back.getDoubleProperty("double")).isEqualTo(2.5);
    }

    @Test
    void keepsTheOrderOfAProducer() throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        for (int i = 0; i < 3_000; i++) {
            producer.send(session.createTextMessage(Integer.toString(i)));
        }
        MessageConsumer consumer = session.createConsumer(queue);
        for (int i = 0; i < 3_000; i++) {
            assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo(Integer.toString(i));
        }
        assertThat(consumer.receiveNoWait()).isNull();
    }

    @Test
    void receiveNoWaitGetsWhatTheBrokerHas() throws JMSException {
        session.createProducer(queue).send(session.createTextMessage("there"));
        assertThat(session.createConsumer(queue).receiveNoWait()).isNotNull();
    }

    @Test
    void carriesALargeMessage() throws JMSException {
        byte[] large = new byte[3 << 20];
        large[large.length - 1] = 9;
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(large);
        session.createProducer(queue).send(message);
        Message back = session.createConsumer(queue).receive(SOON_MILLIS);
        assertThat(back.getBody(byte[].class)).isEqualTo(large);
    }

    @Test
    @JmsSpec("6.2.13/one")
    void deliversToAListenerOneAtATimeAndInOrder() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 200; i++) {
            producer.send(session.createTextMessage(Integer.toString(i)));
        }
        Session listening = connection.createSession();
        List<String> seen = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(200);
        listening.createConsumer(queue).setMessageListener(message -> {
            try {
                seen.add(message.getBody(String.class));
            } catch (JMSException unexpected) {
                seen.add(unexpected.toString());
            }
            all.countDown();
        });
        assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
        listening.close();
        assertThat(seen).hasSize(200).isSortedAccordingTo((a, b) -> Integer.parseInt(a) - Integer.parseInt(b));
    }

    @Test
    @JmsSpec("8.7/throws-auto")
    void redeliversWhatAListenerFailedOver() throws Exception {
        session.createProducer(queue).send(session.createTextMessage("poison"));
        Session listening = connection.createSession();
        ConcurrentLinkedQueue<Integer> counts = new ConcurrentLinkedQueue<>();
        CountDownLatch done = new CountDownLatch(1);
        listening.createConsumer(queue).setMessageListener(message -> {
            try {
                counts.add(message.getIntProperty("JMSXDeliveryCount"));
            } catch (JMSException unexpected) {
                counts.add(-1);
            }
            if (counts.size() < 3) {
                throw new IllegalStateException("not yet");
            }
            done.countDown();
        });
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(counts).containsExactly(1, 2, 3);
    }

    @Test
    void clientAcknowledgeCoversTheWholeSession() throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 4; i++) {
            producer.send(session.createTextMessage(Integer.toString(i)));
        }
        Session client = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = client.createConsumer(queue);
        consumer.receive(SOON_MILLIS);
        consumer.receive(SOON_MILLIS).acknowledge();
        Message unacknowledged = consumer.receive(SOON_MILLIS);
        assertThat(unacknowledged.getBody(String.class)).isEqualTo("2");
        client.close();

        MessageConsumer next = session.createConsumer(queue);
        Message again = next.receive(SOON_MILLIS);
        assertThat(again.getBody(String.class)).isEqualTo("2");
        assertThat(again.getJMSRedelivered()).isTrue();
        Message fresh = next.receive(SOON_MILLIS);
        assertThat(fresh.getBody(String.class)).isEqualTo("3");
        assertThat(fresh.getJMSRedelivered()).isFalse();
        assertThat(next.receiveNoWait()).isNull();
    }

    @Test
    void recoverBeginsAgainWithTheOldest() throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 3; i++) {
            producer.send(session.createTextMessage(Integer.toString(i)));
        }
        Session client = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = client.createConsumer(queue);
        consumer.receive(SOON_MILLIS);
        consumer.receive(SOON_MILLIS);
        client.recover();
        for (int i = 0; i < 3; i++) {
            Message message = consumer.receive(SOON_MILLIS);
            assertThat(message.getBody(String.class)).isEqualTo(Integer.toString(i));
            assertThat(message.getJMSRedelivered()).isEqualTo(i < 2);
        }
    }

    @Test
    void dupsOkLeavesNothingBehind() throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 7; i++) {
            producer.send(session.createTextMessage(Integer.toString(i)));
        }
        Session lazy = connection.createSession(Session.DUPS_OK_ACKNOWLEDGE);
        MessageConsumer consumer = lazy.createConsumer(queue);
        for (int i = 0; i < 7; i++) {
            assertThat(consumer.receive(SOON_MILLIS)).isNotNull();
        }
        lazy.close();
        assertThat(session.createConsumer(queue).receiveNoWait()).isNull();
    }

    @Test
    void closedConsumerGivesBackWhatItHadNotDelivered() throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 10; i++) {
            producer.send(session.createTextMessage(Integer.toString(i)));
        }
        MessageConsumer first = session.createConsumer(queue);
        assertThat(first.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("0");
        first.close();
        MessageConsumer second = session.createConsumer(queue);
        for (int i = 1; i < 10; i++) {
            Message message = second.receive(SOON_MILLIS);
            assertThat(message.getBody(String.class)).isEqualTo(Integer.toString(i));
            assertThat(message.getJMSRedelivered()).isFalse();
        }
    }

    @Test
    void idleConsumerOfAStoppedConnectionTakesNothing() throws JMSException {
        try (Connection stopped = BROKER.factory().createConnection()) {
            Session other = stopped.createSession();
            MessageConsumer idle = other.createConsumer(queue);
            session.createProducer(queue).send(session.createTextMessage("x"));
            assertThat(session.createConsumer(queue).receive(SOON_MILLIS)).isNotNull();
            assertThat(idle.receiveNoWait()).isNull();
        }
    }

    @Test
    void worksWithoutPrefetch() throws JMSException {
        try (JMSContext context = BROKER.factory("?jms.prefetch=0").createContext()) {
            for (int i = 0; i < 5; i++) {
                context.createProducer().send(queue, Integer.toString(i));
            }
            var consumer = context.createConsumer(queue);
            assertThat(consumer.receiveBody(String.class, SOON_MILLIS)).isEqualTo("0");
            try (JMSContext other = BROKER.factory("?jms.prefetch=0").createContext()) {
                assertThat(other.createConsumer(queue).receiveBody(String.class, SOON_MILLIS))
                        .isEqualTo("1");
            }
            assertThat(consumer.receiveBodyNoWait(String.class)).isEqualTo("2");
            assertThat(consumer.receiveBody(String.class, SOON_MILLIS)).isEqualTo("3");
            assertThat(consumer.receiveBody(String.class)).isEqualTo("4");
            assertThat(consumer.receiveBody(String.class, 1)).isNull();
        }
    }

    @Test
    void simplifiedApiSendsAndReceivesBodies() {
        try (JMSContext context = BROKER.factory().createContext()) {
            context.createProducer()
                    .setProperty("number", 5)
                    .setJMSType("t")
                    .setJMSCorrelationIDAsBytes(new byte[] {1, 2, 3})
                    .send(queue, Map.of("key", "value"));
            Message message = context.createConsumer(queue).receive(SOON_MILLIS);
            assertThat(uncheck(() -> message.getBody(Object.class))).isEqualTo(Map.of("key", "value"));
            assertThat(uncheck(() -> message.getIntProperty("number"))).isEqualTo(5);
            assertThat(uncheck(message::getJMSCorrelationIDAsBytes)).containsExactly(1, 2, 3);
            assertThat(uncheck(message::getJMSCorrelationID)).isEqualTo("ID:AMQP_BINARY:010203");
        }
    }

    @Test
    void refusesAProducerForNothing() {
        assertThatThrownBy(() -> session.createProducer(session.createQueue("")))
                .isInstanceOf(jakarta.jms.InvalidDestinationException.class);
    }

    private interface Getter<T> {
        T get() throws JMSException;
    }

    private static <T> T uncheck(Getter<T> getter) {
        try {
            return getter.get();
        } catch (JMSException unexpected) {
            throw new AssertionError(unexpected);
        }
    }
}
