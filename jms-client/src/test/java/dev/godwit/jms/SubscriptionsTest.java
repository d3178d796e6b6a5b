package dev.godwit.jms;

import static dev.godwit.jms.Clients.next;
import static dev.godwit.jms.Clients.nextText;
import static dev.godwit.jms.Clients.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.Connection;
import jakarta.jms.IllegalStateException;
import jakarta.jms.IllegalStateRuntimeException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.Topic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Subscriptions of all four kinds, over a real broker. */
@Timeout(60)
class SubscriptionsTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private Topic topic;
    private Session publishing;

    @BeforeEach
    void connect() throws JMSException {
        topic = clients.topic();
        publishing = clients.session();
    }

    private void publish(String... texts) throws JMSException {
        publish(publishing, topic, texts);
    }

    private static void publish(Session session, Topic to, String... texts) throws JMSException {
        try (var producer = session.createProducer(to)) {
            for (String text : texts) {
                var message = session.createTextMessage(text);
                message.setStringProperty("initial", text.substring(0, 1));
                producer.send(message);
            }
        }
    }

    private static List<String> all(MessageConsumer... consumers) throws JMSException {
        var texts = new ArrayList<String>();
        for (MessageConsumer consumer : consumers) {
            for (var message = nothing(consumer); message != null; message = nothing(consumer)) {
                texts.add(message.getBody(String.class));
            }
        }
        return texts;
    }

    @Test
    @JmsSpec({"4.2.2/copies", "8.3.1/lifetime"})
    void eachUnsharedSubscriptionGetsItsCopyWhileItsConsumerLives() throws JMSException {
        var session = clients.session();
        publish("too early");
        var first = session.createConsumer(topic);
        publish("a");
        var second = session.createConsumer(topic);
        publish("b");
        assertThat(all(first)).containsExactly("a", "b");
        assertThat(all(second)).containsExactly("b");
        second.close();
        publish("c");
        assertThat(all(session.createConsumer(topic))).isEmpty();
        assertThat(nextText(first)).isEqualTo("c");
    }

    @Test
    @JmsSpec({"4.2.2/selector", "8.1/selector"})
    void selectorSaysWhatIsAdded() throws JMSException {
        var named = clients.started(clients.name());
        var session = named.createSession();
        var selector = "initial = 'b'";
        var consumers = new MessageConsumer[] {
            session.createConsumer(topic, selector),
            session.createSharedConsumer(topic, "shared", selector),
            session.createDurableConsumer(topic, "durable", selector, false),
            session.createSharedDurableConsumer(topic, "shared durable", selector)
        };
        publish("apple", "banana");
        for (MessageConsumer consumer : consumers) {
            assertThat(consumer.getMessageSelector()).isEqualTo(selector);
            assertThat(all(consumer)).containsExactly("banana");
        }
    }

    @Test
    @JmsSpec("8.3.1/no-local")
    void noLocalLeavesOutWhatItsConnectionSends() throws JMSException {
        var connection = clients.started();
        var session = connection.createSession();
        var consumer = session.createConsumer(topic, null, true);
        publish(connection.createSession(), topic, "own");
        publish("other");
        assertThat(all(consumer)).containsExactly("other");
    }

    @Test
    @JmsSpec("8.3.2/share")
    void consumersShareASubscriptionAndEndItWithTheLastOne() throws JMSException {
        var first = clients.session().createSharedConsumer(topic, clients.name());
        var second = clients.session().createSharedConsumer(topic, clients.name());
        publish("a", "b", "c", "d");
        assertThat(all(first, second)).containsExactlyInAnyOrder("a", "b", "c", "d");
        first.close();
        publish("e");
        assertThat(all(second)).containsExactly("e");
        second.close();
        publish("lost");
        assertThat(all(clients.session().createSharedConsumer(topic, clients.name())))
                .isEmpty();
    }

    @Test
    @JmsSpec("8.3.2/client-id")
    void sharedSubscriptionsBelongToTheirClientIdentifier() throws JMSException {
        var nobodys = clients.session().createSharedConsumer(topic, "s");
        var somebodys = clients.started(clients.name()).createSession().createSharedConsumer(topic, "s");
        publish("a", "b");
        assertThat(all(nobodys)).containsExactly("a", "b");
        assertThat(all(somebodys)).containsExactly("a", "b");
    }

    @Test
    @JmsSpec("8.3.2/different")
    void sharedSubscriptionInUseIsNotChanged() throws JMSException {
        var consumer = clients.session().createSharedConsumer(topic, clients.name());
        var session = clients.session();
        var other = session.createTopic(clients.name() + "-other");
        assertThatThrownBy(() -> session.createSharedConsumer(other, clients.name()))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> session.createSharedConsumer(topic, clients.name(), "initial = 'a'"))
                .isInstanceOf(JMSException.class);
        var context = clients.context();
        assertThatThrownBy(() -> context.createSharedConsumer(other, clients.name()))
                .isInstanceOf(JMSRuntimeException.class);
        publish("still there");
        assertThat(all(consumer)).containsExactly("still there");
    }

    @Test
    @JmsSpec("8.3.2/names")
    void durableSubscriptionOfTheSameNameIsAnother() throws JMSException {
        var session = clients.started(clients.name()).createSession();
        var shared = session.createSharedConsumer(topic, "s");
        var durable = session.createDurableConsumer(topic, "s");
        publish("a");
        assertThat(all(shared)).containsExactly("a");
        assertThat(all(durable)).containsExactly("a");
        durable.close();
        session.unsubscribe("s");
    }

    @Test
    @JmsSpec({"8.3.3/keeps", "4.2.11/inactive"})
    void durableSubscriptionKeepsWhatItsConsumerMisses() throws JMSException {
        var connection = clients.started(clients.name());
        var session = connection.createSession();
        var subscriber = session.createDurableSubscriber(topic, "s");
        assertThat(subscriber.getTopic()).isEqualTo(topic);
        publish("a", "b");
        assertThat(nextText(subscriber)).isEqualTo("a");
        subscriber.close();
        publish("c");
        connection.close();
        publish("d");

        var again = clients.started(clients.name()).createSession();
        var consumer = again.createDurableConsumer(topic, "s");
        assertThat(all(consumer)).containsExactly("b", "c", "d");
        consumer.close();
        again.unsubscribe("s");
    }

    @Test
    @JmsSpec("8.8/acknowledge")
    void closedConsumerKeepsItsSubscriptionUntilAllIsAcknowledged() throws JMSException {
        var connection = clients.started(clients.name());
        var session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        var consumer = session.createDurableConsumer(topic, "s");
        publish("a", "b");
        var received = next(consumer);
        consumer.close();
        for (Session each : new Session[] {session, connection.createSession()}) {
            assertThatThrownBy(() -> each.createDurableConsumer(topic, "s"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not acknowledged");
        }
        received.acknowledge();
        var again = session.createDurableConsumer(topic, "s");
        assertThat(all(again)).containsExactly("b");
        again.close();
        session.close();
        var last = connection.createSession();
        assertThat(all(last.createDurableConsumer(topic, "s"))).containsExactly("b");
        last.close();
        connection.createSession().unsubscribe("s");
    }

    @Test
    @JmsSpec("8.3.3/client-id")
    void unsharedDurableSubscriptionNeedsAClientIdentifier() throws JMSException {
        var session = clients.session();
        assertThatThrownBy(() -> session.createDurableConsumer(topic, "s")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.createDurableSubscriber(topic, "s")).isInstanceOf(IllegalStateException.class);
        var context = clients.context();
        assertThatThrownBy(() -> context.createDurableConsumer(topic, "s"))
                .isInstanceOf(IllegalStateRuntimeException.class);
    }

    @Test
    @JmsSpec("8.3.3/one")
    void durableSubscriptionHasOneConsumer() throws JMSException {
        var connection = clients.started(clients.name());
        var session = connection.createSession();
        var consumer = session.createDurableConsumer(topic, "s");
        assertThatThrownBy(() -> session.createDurableConsumer(topic, "s")).isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> connection.createSession().createDurableSubscriber(topic, "s"))
                .isInstanceOf(JMSException.class);
        publish("a");
        assertThat(nextText(consumer)).isEqualTo("a");
        consumer.close();
        session.createDurableConsumer(topic, "s").close();
        session.unsubscribe("s");
    }

    @Test
    @JmsSpec("8.3.3/changed")
    void changedDurableSubscriptionIsANewOne() throws JMSException {
        var session = clients.started(clients.name()).createSession();
        session.createDurableConsumer(topic, "s").close();
        publish("a", "b");
        var selecting = session.createDurableConsumer(topic, "s", "initial = 'b'", false);
        publish("b");
        assertThat(all(selecting)).containsExactly("b");
        selecting.close();

        var other = session.createTopic(clients.name() + "-other");
        var elsewhere = session.createDurableConsumer(other, "s", "initial = 'b'", false);
        publish("b");
        publish(publishing, other, "bee");
        assertThat(all(elsewhere)).containsExactly("bee");
        elsewhere.close();

        publish(publishing, other, "before");
        var notLocal = session.createDurableConsumer(other, "s", "initial = 'b'", true);
        assertThat(all(notLocal)).isEmpty();
        notLocal.close();
        session.unsubscribe("s");
    }

    @Test
    @JmsSpec({"8.3.3/shared", "8.3.4/unshared"})
    void durableSubscriptionIsSharedOrNot() throws JMSException {
        var session = clients.started(clients.name()).createSession();
        session.createSharedDurableConsumer(topic, "shared").close();
        assertThatThrownBy(() -> session.createDurableConsumer(topic, "shared")).isInstanceOf(JMSException.class);
        session.createDurableConsumer(topic, "unshared").close();
        assertThatThrownBy(() -> session.createSharedDurableConsumer(topic, "unshared"))
                .isInstanceOf(JMSException.class);
        session.unsubscribe("shared");
        session.unsubscribe("unshared");
    }

    @Test
    @JmsSpec({"8.3.3/unsubscribe", "4.2.9/dynamic"})
    void unsubscribingEndsADurableSubscription() throws JMSException {
        var session = clients.started(clients.name()).createSession();
        var consumer = session.createDurableConsumer(topic, "s");
        assertThatThrownBy(() -> session.unsubscribe("s")).isInstanceOf(JMSException.class);
        publish("still there");
        assertThat(nextText(consumer)).isEqualTo("still there");
        consumer.close();
        publish("forgotten");
        session.unsubscribe("s");
        assertThatThrownBy(() -> session.unsubscribe("s")).isInstanceOf(InvalidDestinationException.class);
        assertThat(all(session.createDurableConsumer(topic, "s"))).isEmpty();
    }

    @Test
    @JmsSpec("8.3.3/no-local")
    void durableSubscriptionDoesWithoutWhatItsClientSends() throws JMSException {
        Connection connection = clients.started(clients.name());
        var session = connection.createSession();
        session.createDurableConsumer(topic, "s", null, true).close();
        publish(session, topic, "own");
        connection.close();
        Connection again = clients.started(clients.name());
        publish(again.createSession(), topic, "own, too");
        publish("other");
        var consumer = again.createSession().createDurableConsumer(topic, "s", null, true);
        assertThat(all(consumer)).containsExactly("other");
    }

    @Test
    @JmsSpec("8.3.4/share")
    void consumersShareADurableSubscription() throws JMSException {
        for (Connection connection : new Connection[] {clients.started(), clients.started(clients.name())}) {
            var one = connection.createSession().createSharedDurableConsumer(topic, clients.name());
            var two = connection.createSession().createSharedDurableConsumer(topic, clients.name());
            publish("a", "b", "c", "d");
            assertThat(all(one, two)).containsExactlyInAnyOrder("a", "b", "c", "d");
            one.close();
            two.close();
            publish("e");
            var three = connection.createSession().createSharedDurableConsumer(topic, clients.name());
            assertThat(all(three)).containsExactly("e");
            three.close();
            connection.createSession().unsubscribe(clients.name());
        }
    }

    @Test
    @JmsSpec("8.3.4/changed")
    void sharedDurableSubscriptionIsChangedOnlyWhenUnused() throws JMSException {
        var session = clients.session();
        var consumer = session.createSharedDurableConsumer(topic, clients.name());
        assertThatThrownBy(() -> session.createSharedDurableConsumer(topic, clients.name(), "initial = 'b'"))
                .isInstanceOf(JMSException.class);
        var other = session.createTopic(clients.name() + "-other");
        assertThatThrownBy(() -> session.createSharedDurableConsumer(other, clients.name()))
                .isInstanceOf(JMSException.class);
        consumer.close();
        publish("b");
        var changed = session.createSharedDurableConsumer(topic, clients.name(), "initial = 'b'");
        publish("a", "banana");
        assertThat(all(changed)).containsExactly("banana");
        changed.close();
        session.unsubscribe(clients.name());
    }

    @Test
    @JmsSpec("8.3.4/unsubscribe")
    void unsubscribingWaitsForTheLastSharer() throws JMSException {
        var session = clients.session();
        var one = session.createSharedDurableConsumer(topic, clients.name());
        var two = clients.session().createSharedDurableConsumer(topic, clients.name());
        one.close();
        assertThatThrownBy(() -> session.unsubscribe(clients.name())).isInstanceOf(JMSException.class);
        two.close();
        session.unsubscribe(clients.name());
    }

    @Test
    @JmsSpec("4.2.4/names")
    void namesMayBeLong() throws JMSException {
        var name = ("A.name_with-9" + "x".repeat(128)).substring(0, 128);
        var session = clients.started(clients.name()).createSession();
        var consumers = new MessageConsumer[] {
            session.createSharedConsumer(topic, name),
            session.createDurableConsumer(topic, name),
            session.createSharedDurableConsumer(topic, name.substring(1) + "y")
        };
        publish("a");
        for (MessageConsumer consumer : consumers) {
            assertThat(all(consumer)).containsExactly("a");
            consumer.close();
        }
        session.unsubscribe(name);
        session.unsubscribe(name.substring(1) + "y");
    }

    @Test
    @JmsSpec("4.2.8/recover")
    void subscriberRecoversWhatItHasNotAcknowledged() throws JMSException {
        var session = clients.session(Session.CLIENT_ACKNOWLEDGE);
        var consumer = session.createConsumer(topic);
        publish("a", "b");
        assertThat(all(consumer)).containsExactly("a", "b");
        session.recover();
        var again = next(consumer);
        assertThat(again.getBody(String.class)).isEqualTo("a");
        assertThat(again.getJMSRedelivered()).isTrue();
        assertThat(nextText(consumer)).isEqualTo("b");
    }

    @Test
    @JmsSpec("7.9/topic")
    void delayedMessageGoesToTheSubscriptionsOfItsSending() throws JMSException {
        var session = clients.session();
        var early = session.createConsumer(topic);
        var producer = publishing.createProducer(topic);
        producer.setDeliveryDelay(200);
        var message = publishing.createTextMessage("late");
        producer.send(message);
        var late = session.createConsumer(topic);
        assertThat(nextText(early)).isEqualTo("late");
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(message.getJMSDeliveryTime());
        assertThat(all(late)).isEmpty();
    }
}
