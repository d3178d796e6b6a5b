package dev.godwit.jms;

import static dev.godwit.jms.Clients.nextText;
import static dev.godwit.jms.Clients.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.DeliveryMode;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What outlives the broker. */
@Timeout(60)
class ReliabilityTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    @Test
    @JmsSpec({"7.7/restart", "9.1/restart"})
    void persistentMessagesOutliveTheBrokerOnceEach() throws Exception {
        var session = clients.started(clients.name()).createSession(Session.CLIENT_ACKNOWLEDGE);
        session.createDurableConsumer(clients.topic(), "s").close();
        for (var destination : new jakarta.jms.Destination[] {clients.queue(), clients.topic()}) {
            var producer = session.createProducer(destination);
            assertThat(producer.getDeliveryMode()).isEqualTo(DeliveryMode.PERSISTENT);
            for (String text : new String[] {"taken", "taken, too", "kept"}) {
                producer.send(session.createTextMessage(text));
            }
        }
        for (MessageConsumer consumer : new MessageConsumer[] {
            session.createConsumer(clients.queue()), session.createDurableConsumer(clients.topic(), "s")
        }) {
            assertThat(nextText(consumer)).isEqualTo("taken");
            Clients.next(consumer).acknowledge();
            consumer.close();
        }
        session.close();
        clients.closeAll();
        BROKER.restart();

        var again = clients.started(clients.name()).createSession();
        for (MessageConsumer consumer : new MessageConsumer[] {
            again.createConsumer(clients.queue()), again.createDurableConsumer(clients.topic(), "s")
        }) {
            assertThat(nextText(consumer)).isEqualTo("kept");
            assertThat(nothing(consumer)).isNull();
        }
    }
}
