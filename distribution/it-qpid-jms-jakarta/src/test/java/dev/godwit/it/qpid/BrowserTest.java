package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Queue browsers (Jakarta Messaging §6.5, AMQP 1.0 §3.5.7), as JMS clients use them. */
@Timeout(120)
final class BrowserTest extends NumberedMessages {
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void seesEverythingInOrderAndTakesNothing(JmsClient client) throws JMSException {
        connect(client, "everything");
        send(700);
        for (int round = 0; round < 2; round++) {
            assertThat(browse()).isEqualTo(numbers(0, 700));
        }
        var consumer = session.createConsumer(queue);
        for (int n = 0; n < 700; n++) {
            var message = consumer.receive(SOON_MILLIS);
            assertThat(message.getIntProperty("n")).isEqualTo(n);
            assertThat(message.getJMSRedelivered()).isFalse();
        }
        assertThat(browse()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void seesWhatItsSelectorSelects(JmsClient client) throws JMSException {
        connect(client, "selector");
        send(100);
        assertThat(browse("n >= 98")).containsExactly(98, 99);
        assertThat(browse("n < 0")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void looksOnWhileConsumersWork(JmsClient client) throws JMSException {
        connect(client, "meanwhile");
        send(50);
        var acknowledging = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        var consumer = acknowledging.createConsumer(queue, "n < 10");
        for (int n = 0; n < 10; n++) {
            assertThat(consumer.receive(SOON_MILLIS).getIntProperty("n")).isEqualTo(n);
        }
        assertThat(browse()).isEqualTo(numbers(10, 50));
        acknowledging.close();
        assertThat(browse("n < 12")).as("given back by the closed session").isEqualTo(numbers(0, 12));
    }

    private List<Integer> browse() throws JMSException {
        try (var browser = session.createBrowser(queue)) {
            return numbers(browser);
        }
    }

    private List<Integer> browse(String selector) throws JMSException {
        try (var browser = session.createBrowser(queue, selector)) {
            return numbers(browser);
        }
    }

    private static List<Integer> numbers(QueueBrowser browser) throws JMSException {
        var numbers = new ArrayList<Integer>();
        Enumeration<?> messages = browser.getEnumeration();
        while (messages.hasMoreElements()) {
            numbers.add(((Message) messages.nextElement()).getIntProperty("n"));
        }
        return numbers;
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }
}
