package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.InvalidSelectorException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Message selectors (Jakarta Messaging §3.8.1, AMQP 1.0 §3.5.8), as JMS clients use them. */
@Timeout(120)
final class SelectorsTest extends NumberedMessages {
    private static final long NEVER_MILLIS = 300;

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void selectsByPropertiesAndHeaders(JmsClient client) throws JMSException {
        connect(client, "properties");
        var producer = session.createProducer(queue);
        var plain = session.createTextMessage("plain");
        producer.send(plain);
        var message = session.createTextMessage("chosen");
        message.setStringProperty("color", "red");
        message.setIntProperty("size", 5);
        message.setJMSType("order");
        message.setJMSCorrelationID("c-1");
        producer.setPriority(8);
        producer.send(message);

        for (var selector : List.of(
                "color = 'red' AND size BETWEEN 4 AND 5.5",
                "JMSType LIKE 'or_er' AND JMSCorrelationID = 'c-1' AND JMSPriority > 7",
                "JMSMessageID = '" + message.getJMSMessageID() + "'",
                "JMSTimestamp = " + message.getJMSTimestamp() + " AND JMSDeliveryMode = 'PERSISTENT'"
                        + " AND color IS NOT NULL",
                "color <> 'blue'")) {
            var transacted = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
            try (var consumer = transacted.createConsumer(queue, selector)) {
                var received = consumer.receive(SOON_MILLIS);
                assertThat(received).as(selector).isNotNull();
                assertThat(received.getBody(String.class)).as(selector).isEqualTo("chosen");
            }
            transacted.close();
        }
        try (var consumer = session.createConsumer(queue, "missing <> 5 OR color = 5")) {
            assertThat(consumer.receive(NEVER_MILLIS)).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void refusesABadSelector(JmsClient client) throws JMSException {
        connect(client, "bad");
        assertThatThrownBy(() -> session.createConsumer(queue, "color = "))
                .isInstanceOf(InvalidSelectorException.class);
        session.createProducer(queue).send(session.createTextMessage("still there"));
        assertThat(session.createConsumer(queue).receive(SOON_MILLIS)).isNotNull();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void findsTheOneMessageAtTheTailOfALongBacklog(JmsClient client) throws JMSException {
        connect(client, "tail");
        send(10_000);
        try (var consumer = session.createConsumer(queue, "n = 9999")) {
            assertThat(number(consumer, SOON_MILLIS)).isEqualTo(9_999);
            assertThat(consumer.receive(NEVER_MILLIS)).isNull();
        }
        var all = session.createConsumer(queue);
        assertThat(numbers(all, 9_999))
                .isEqualTo(IntStream.range(0, 9_999).boxed().toList());
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void twoConsumersWithSelectorsShareAQueueThatFillsMeanwhile(JmsClient client) throws JMSException {
        connect(client, "two");
        send(1_000);
        var even = new ConcurrentLinkedQueue<Integer>();
        var odd = new ConcurrentLinkedQueue<Integer>();
        listen("even = TRUE", even);
        listen("NOT even", odd);
        send(1_000);
        Awaitility.await().until(() -> even.size() + odd.size() == 2_000);
        assertThat(even).hasSize(1_000).allMatch(n -> n % 2 == 0);
        assertThat(odd).hasSize(1_000).allMatch(n -> n % 2 == 1);
        assertThat(new ArrayList<>(even).subList(0, 500)).isSorted();
    }

    private void listen(String selector, ConcurrentLinkedQueue<Integer> received) throws JMSException {
        connection
                .createSession()
                .createConsumer(queue, selector)
                .setMessageListener(message -> received.add(number(message)));
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void redeliversAfterRecoverToTheSameSelector(JmsClient client) throws JMSException {
        connect(client, "recover");
        send(20);
        var acknowledging = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        var consumer = acknowledging.createConsumer(queue, "n > 9 AND even");
        assertThat(number(consumer, SOON_MILLIS)).isEqualTo(10);
        assertThat(number(consumer, SOON_MILLIS)).isEqualTo(12);
        acknowledging.recover();

        var again = consumer.receive(SOON_MILLIS);
        assertThat(number(again)).isEqualTo(10);
        assertThat(again.getJMSRedelivered()).isTrue();
        assertThat(number(consumer, SOON_MILLIS)).isEqualTo(12);
        assertThat(number(consumer, SOON_MILLIS)).isEqualTo(14);
        acknowledging.close();

        var rest = session.createConsumer(queue);
        assertThat(numbers(rest, 20)).isEqualTo(IntStream.range(0, 20).boxed().toList());
    }

    private static List<Integer> numbers(MessageConsumer consumer, int count) {
        return IntStream.range(0, count)
                .map(i -> number(consumer, SOON_MILLIS))
                .boxed()
                .toList();
    }

    private static int number(MessageConsumer consumer, long timeoutMillis) {
        try {
            var message = consumer.receive(timeoutMillis);
            assertThat(message).isNotNull();
            return number(message);
        } catch (JMSException failed) {
            throw new AssertionError(failed);
        }
    }

    private static int number(Message message) {
        try {
            return message.getIntProperty("n");
        } catch (JMSException failed) {
            throw new AssertionError(failed);
        }
    }
}
