package dev.godwit.it.qpid;

import static dev.godwit.it.qpid.Arrivals.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Queues that keep the newest message of each key, with both clients. */
@Timeout(60)
final class LastValuesTest {
    private static final long NEVER_MILLIS = 200;

    @RegisterExtension
    static final EmbeddedBroker BROKER = EmbeddedBroker.withPolicies(
            new AddressPolicy("prices.*", AddressSettings.NONE.with(AddressSetting.LAST_VALUE_KEY, "stock")));

    private static void send(Session session, Queue queue, String stock, String price) throws JMSException {
        try (var producer = session.createProducer(queue)) {
            var message = session.createTextMessage(price);
            message.setStringProperty("stock", stock);
            producer.send(message);
        }
    }

    private static List<String> browse(Session session, Queue queue) throws JMSException {
        var prices = new ArrayList<String>();
        try (var browser = session.createBrowser(queue)) {
            Enumeration<?> messages = browser.getEnumeration();
            while (messages.hasMoreElements()) {
                prices.add(((TextMessage) messages.nextElement()).getText());
            }
        }
        return prices;
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void keepsTheNewestPriceOfEachStockAlsoOverARestart(JmsClient client) throws Exception {
        var name = "prices." + client;
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var queue = session.createQueue(name);
            for (int price = 1; price <= 5; price++) {
                send(session, queue, "A", "A" + price);
                send(session, queue, "B", "B" + price);
            }
            assertThat(browse(session, queue)).containsExactly("A5", "B5");
        }
        BROKER.restart();
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
            var queue = session.createQueue(name);
            send(session, queue, "A", "A6");
            assertThat(browse(session, queue)).containsExactly("B5", "A6");

            var consumer = session.createConsumer(queue);
            assertThat(text(consumer)).isEqualTo("B5");
            assertThat(text(consumer)).isEqualTo("A6");
            send(connection.createSession(), queue, "B", "B6");
            assertThat(text(consumer)).isEqualTo("B6");
        }
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var consumer = session.createConsumer(session.createQueue(name));
            assertThat(text(consumer)).isEqualTo("A6");
            assertThat(text(consumer)).isEqualTo("B6");
            assertThat(consumer.receive(NEVER_MILLIS)).isNull();
        }
    }
}
