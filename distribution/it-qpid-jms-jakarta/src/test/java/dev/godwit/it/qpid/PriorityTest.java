package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.conformance.Spec;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Priorities (Jakarta Messaging §3.4.10, AMQP 1.0 §3.2.1), as JMS clients see them with the broker's defaults. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
final class PriorityTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 20_000;

    private Connection connection;
    private Session session;
    private Queue queue;

    private void connect(JmsClient client, String name) throws JMSException {
        connection = client.connect(BROKER.uri());
        session = connection.createSession();
        queue = session.createQueue("priority." + name + client);
    }

    @AfterEach
    void disconnect() throws JMSException {
        connection.close();
    }

    private void send(int... priorities) throws JMSException {
        try (var sending = connection.createSession(Session.AUTO_ACKNOWLEDGE)) {
            var producer = sending.createProducer(queue);
            for (int n = 0; n < priorities.length; n++) {
                var message = sending.createTextMessage(priorities[n] + "/" + n);
                message.setBooleanProperty("even", n % 2 == 0);
                producer.setPriority(priorities[n]);
                producer.send(message);
            }
        }
    }

    private static List<String> receive(MessageConsumer consumer, int count) throws JMSException {
        var texts = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            var message = consumer.receive(SOON_MILLIS);
            var text = message.getBody(String.class);
            assertThat(text).startsWith(message.getJMSPriority() + "/");
            texts.add(text);
        }
        return texts;
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    @Spec("3.2.1")
    void givesTheHighestPriorityFirstAndThoseOfOneInOrder(JmsClient client) throws JMSException {
        connect(client, "order");
        send(4, 0, 9, 4, 9, 0, 7);
        assertThat(receive(session.createConsumer(queue), 7))
                .containsExactly("9/2", "9/4", "7/6", "4/0", "4/3", "0/1", "0/5");
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void selectsAndBrowsesInOrderOfPriority(JmsClient client) throws JMSException {
        connect(client, "filters");
        send(4, 0, 9, 4, 9, 0, 7);
        assertThat(browse()).containsExactly("9/2", "9/4", "7/6", "4/0", "4/3", "0/1", "0/5");
        assertThat(receive(session.createConsumer(queue, "even"), 4)).containsExactly("9/2", "9/4", "7/6", "4/0");
        assertThat(browse()).containsExactly("4/3", "0/1", "0/5");
    }

    private List<String> browse() throws JMSException {
        var texts = new ArrayList<String>();
        try (QueueBrowser browser = session.createBrowser(queue)) {
            for (var left = browser.getEnumeration(); left.hasMoreElements(); ) {
                if (left.nextElement() instanceof Message message) {
                    texts.add(message.getBody(String.class));
                }
            }
        }
        return texts;
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void keepsPrioritiesWhenATransactionIsRolledBackAndTheBrokerRestarts(JmsClient client) throws Exception {
        connect(client, "restart");
        send(4, 0, 9, 4, 9, 0, 7);
        try (var transacted = connection.createSession(Session.SESSION_TRANSACTED)) {
            assertThat(receive(transacted.createConsumer(queue), 2)).containsExactly("9/2", "9/4");
            transacted.rollback();
        }
        connection.close();
        BROKER.restart();
        connect(client, "restart");
        assertThat(receive(session.createConsumer(queue), 7))
                .containsExactly("9/2", "9/4", "7/6", "4/0", "4/3", "0/1", "0/5");
    }
}
