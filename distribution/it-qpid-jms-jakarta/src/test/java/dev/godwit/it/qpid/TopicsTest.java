package dev.godwit.it.qpid;

import static dev.godwit.it.qpid.Arrivals.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.Spec;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Topics and every kind of subscription, as JMS clients use them. */
@Timeout(60)
final class TopicsTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 10_000;
    private static final long NEVER_MILLIS = 300;
    private static final int LARGE_BYTES = 2 << 20;

    private final List<Connection> connections = new ArrayList<>();
    private String name = "";

    @BeforeEach
    void nameOf(TestInfo test) {
        name = test.getTestMethod().orElseThrow().getName()
                + test.getDisplayName().hashCode();
    }

    @AfterEach
    void disconnect() throws JMSException {
        for (var connection : connections) {
            connection.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everySubscriberGetsEveryMessageInOrder(JmsClient client) throws JMSException {
        var session = connect(client).createSession();
        var topic = session.createTopic(name);
        var first = session.createConsumer(topic);
        var second = connect(client).createSession().createConsumer(topic);

        send(session, topic, texts(200));

        assertThat(Arrivals.texts(first, 200)).isEqualTo(texts(200));
        assertThat(Arrivals.texts(second, 200)).isEqualTo(texts(200));
        assertThat(first.receive(NEVER_MILLIS)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void dropsWhatNobodySubscribedTo(JmsClient client) throws JMSException {
        var session = connect(client).createSession();
        var topic = session.createTopic(name);
        send(session, topic, texts(3));

        var late = session.createConsumer(topic);
        session.createProducer(topic).send(session.createTextMessage("after"));

        assertThat(text(late)).isEqualTo("after");
    }

    @ParameterizedTest
    @EnumSource
    void keepsWhatADurableSubscriberMissed(JmsClient client) throws JMSException {
        var connection = connect(client, name);
        var session = connection.createSession();
        var topic = session.createTopic(name);
        session.createDurableConsumer(topic, "sub").close();

        send(connect(client).createSession(), topic, texts(3));

        assertThat(Arrivals.texts(session.createDurableConsumer(topic, "sub"), 3))
                .isEqualTo(texts(3));
    }

    /**
     * The journal has each body once; it is there until the last of the subscriptions has had it. That of a pattern belongs to
     * another shard.
     */
    @ParameterizedTest
    @EnumSource
    void keepsForEachOfSeveralSubscriptionsWhatItMissed(JmsClient client) throws Exception {
        var bodies = texts(20).stream().map(each -> each.repeat(500)).toList();
        var before = connect(client, name).createSession();
        var topic = before.createTopic(name + ".a");
        before.createDurableConsumer(topic, "first").close();
        before.createDurableConsumer(topic, "second").close();
        before.createDurableConsumer(topic, "third").close();
        before.createDurableConsumer(before.createTopic(name + ".*"), "pattern").close();
        before.createDurableConsumer(before.createTopic(name + ".#"), "wide pattern")
                .close();
        send(before, topic, bodies);
        assertThat(Arrivals.texts(before.createDurableConsumer(topic, "second"), 20))
                .isEqualTo(bodies);
        disconnect();

        BROKER.restart();

        var after = connect(client, name).createSession();
        assertThat(Arrivals.texts(after.createDurableConsumer(topic, "first"), 20))
                .isEqualTo(bodies);
        assertThat(after.createDurableConsumer(topic, "second").receive(NEVER_MILLIS))
                .isNull();
        assertThat(Arrivals.texts(after.createDurableConsumer(after.createTopic(name + ".*"), "pattern"), 20))
                .isEqualTo(bodies);
        disconnect();

        BROKER.restart();

        var last = connect(client, name).createSession();
        assertThat(Arrivals.texts(last.createDurableConsumer(topic, "third"), 20))
                .isEqualTo(bodies);
        assertThat(Arrivals.texts(last.createDurableConsumer(last.createTopic(name + ".#"), "wide pattern"), 20))
                .isEqualTo(bodies);
    }

    @ParameterizedTest
    @EnumSource
    void keepsDurableSubscriptionsOverARestart(JmsClient client) throws Exception {
        var before = connect(client, name);
        var session = before.createSession();
        var topic = session.createTopic(name);
        session.createDurableConsumer(topic, "sub").close();
        send(session, topic, texts(3));
        session.createProducer(session.createTopic(name + " of no subscriber"))
                .send(session.createTextMessage("dropped"));
        disconnect();

        BROKER.restart();

        var after = connect(client, name).createSession();
        after.createProducer(topic).send(after.createTextMessage("more"));
        var consumer = after.createDurableConsumer(topic, "sub");
        assertThat(Arrivals.texts(consumer, 3)).isEqualTo(texts(3));
        assertThat(text(consumer)).isEqualTo("more");
        assertThatThrownBy(() -> after.createConsumer(after.createQueue(name)))
                .isInstanceOf(InvalidDestinationException.class)
                .hasMessageContaining("is a topic");
    }

    @ParameterizedTest
    @EnumSource
    void unsubscribingEndsADurableSubscription(JmsClient client) throws JMSException {
        var session = connect(client, name).createSession();
        var topic = session.createTopic(name);
        session.createDurableConsumer(topic, "sub").close();
        send(session, topic, texts(3));

        session.unsubscribe("sub");

        assertThatThrownBy(() -> session.unsubscribe("sub")).isInstanceOf(InvalidDestinationException.class);
        assertThat(session.createDurableConsumer(topic, "sub").receive(NEVER_MILLIS))
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void anotherClientsSubscriptionIsAnotherOne(JmsClient client) throws JMSException {
        var anna = connect(client, name + " anna").createSession();
        var topic = anna.createTopic(name);
        anna.createDurableConsumer(topic, "sub").close();
        var berta = connect(client, name + " berta").createSession();
        assertThatThrownBy(() -> berta.unsubscribe("sub")).isInstanceOf(InvalidDestinationException.class);
        berta.createDurableConsumer(topic, "sub").close();

        send(anna, topic, texts(2));

        assertThat(Arrivals.texts(anna.createDurableConsumer(topic, "sub"), 2)).isEqualTo(texts(2));
        assertThat(Arrivals.texts(berta.createDurableConsumer(topic, "sub"), 2)).isEqualTo(texts(2));
    }

    @ParameterizedTest
    @EnumSource
    void anotherTopicMakesTheSubscriptionAnew(JmsClient client) throws JMSException {
        var session = connect(client, name).createSession();
        var first = session.createTopic(name);
        var second = session.createTopic(name + " second");
        session.createDurableConsumer(first, "sub").close();
        send(session, first, texts(3));

        var consumer = session.createDurableConsumer(second, "sub");
        send(session, first, texts(3));
        session.createProducer(second).send(session.createTextMessage("second"));

        assertThat(text(consumer)).isEqualTo("second");
    }

    @ParameterizedTest
    @EnumSource
    void consumersOfASharedSubscriptionGetEachMessageOnce(JmsClient client) throws JMSException {
        var session = connect(client).createSession();
        var topic = session.createTopic(name);
        var consumers = List.of(
                session.createSharedConsumer(topic, "together"),
                connect(client).createSession().createSharedConsumer(topic, "together"));

        send(session, topic, texts(20));

        var received = new ArrayList<String>();
        while (received.size() < 20) {
            for (var consumer : consumers) {
                var message = consumer.receive(NEVER_MILLIS);
                if (message != null) {
                    received.add(((TextMessage) message).getText());
                }
            }
        }
        assertThat(received).containsExactlyInAnyOrderElementsOf(texts(20));
    }

    @ParameterizedTest
    @EnumSource
    void aSharedSubscriptionEndsWithItsLastConsumer(JmsClient client) throws JMSException {
        var session = connect(client).createSession();
        var topic = session.createTopic(name);
        var first = session.createSharedConsumer(topic, "together");
        var second = session.createSharedConsumer(topic, "together");
        first.close();
        send(session, topic, texts(1));
        assertThat(Arrivals.texts(second, 1)).isEqualTo(texts(1));
        second.close();

        send(session, topic, texts(1));

        assertThat(session.createSharedConsumer(topic, "together").receive(NEVER_MILLIS))
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void sharesADurableSubscriptionWithAndWithoutAClientId(JmsClient client) throws JMSException {
        var named = connect(client, name).createSession();
        var nameless = connect(client).createSession();
        var topic = named.createTopic(name);
        named.createSharedDurableConsumer(topic, "sub" + name).close();
        nameless.createSharedDurableConsumer(topic, "sub" + name).close();

        send(named, topic, texts(4));

        var others = connect(client).createSession();
        assertThat(Arrivals.texts(named.createSharedDurableConsumer(topic, "sub" + name), 4))
                .isEqualTo(texts(4));
        var consumer = others.createSharedDurableConsumer(topic, "sub" + name);
        assertThat(Arrivals.texts(consumer, 4)).isEqualTo(texts(4));
        consumer.close();
        others.unsubscribe("sub" + name);
        assertThatThrownBy(() -> nameless.unsubscribe("sub" + name)).isInstanceOf(InvalidDestinationException.class);
    }

    @ParameterizedTest
    @EnumSource
    void refusesToUnsubscribeWhatSomebodyUses(JmsClient client) throws JMSException {
        var user = connect(client).createSession();
        var topic = user.createTopic(name);
        var consumer = user.createSharedDurableConsumer(topic, "sub" + name);
        var other = connect(client).createSession();

        assertThatThrownBy(() -> other.unsubscribe("sub" + name))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("has consumers");

        send(other, topic, texts(1));
        assertThat(Arrivals.texts(consumer, 1)).isEqualTo(texts(1));
        consumer.close();
        other.unsubscribe("sub" + name);
    }

    @ParameterizedTest
    @EnumSource
    void oneNameIsNotSharedAndUnshared(JmsClient client) throws JMSException {
        var session = connect(client, name).createSession();
        var topic = session.createTopic(name);
        session.createDurableConsumer(topic, "sub").close();

        assertThatThrownBy(() -> session.createSharedDurableConsumer(topic, "sub"))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("not shared");
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionMayDoWithoutItsOwnMessages(JmsClient client) throws JMSException {
        var session = connect(client, name).createSession();
        var topic = session.createTopic(name);
        var others = session.createConsumer(topic, null, true);
        var durable = session.createDurableSubscriber(topic, "sub", null, true);
        session.createProducer(topic).send(session.createTextMessage("mine"));

        var elsewhere = connect(client).createSession();
        elsewhere.createProducer(topic).send(elsewhere.createTextMessage("theirs"));

        assertThat(text(others)).isEqualTo("theirs");
        assertThat(text(durable)).isEqualTo("theirs");
    }

    @ParameterizedTest
    @EnumSource
    void aSelectorIsAppliedToWhatIsPublished(JmsClient client) throws Exception {
        var before = connect(client, name).createSession();
        var topic = before.createTopic(name);
        var passing = before.createConsumer(topic, "colour = 'red'");
        before.createDurableConsumer(topic, "sub", "colour = 'red'", false).close();
        sendColours(before, topic);
        assertThat(Arrivals.texts(passing, 2)).containsExactly("red 0", "red 2");
        disconnect();

        BROKER.restart();

        var after = connect(client, name).createSession();
        sendColours(after, topic);
        var kept = after.createDurableConsumer(topic, "sub", "colour = 'red'", false);
        assertThat(Arrivals.texts(kept, 4)).containsExactly("red 0", "red 2", "red 0", "red 2");
        assertThat(kept.receive(NEVER_MILLIS)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void anotherSelectorMakesTheSubscriptionAnew(JmsClient client) throws JMSException {
        var session = connect(client, name).createSession();
        var topic = session.createTopic(name);
        session.createDurableConsumer(topic, "sub", "colour = 'red'", false).close();
        sendColours(session, topic);

        var consumer = session.createDurableConsumer(topic, "sub", "colour = 'blue'", false);
        sendColours(session, topic);

        assertThat(text(consumer)).isEqualTo("blue 1");
        assertThat(consumer.receive(NEVER_MILLIS)).isNull();
    }

    private static void sendColours(Session session, Topic topic) throws JMSException {
        try (var producer = session.createProducer(topic)) {
            for (int n = 0; n < 3; n++) {
                var colour = n == 1 ? "blue" : "red";
                var message = session.createTextMessage(colour + " " + n);
                message.setStringProperty("colour", colour);
                producer.send(message);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @Spec("3.5.10")
    void aTemporaryTopicIsItsConnectionsOwnAndEndsWithIt(JmsClient client) throws JMSException {
        var connection = connect(client);
        var session = connection.createSession();
        var topic = session.createTemporaryTopic();
        var consumer = session.createConsumer(topic);
        var other = connect(client).createSession();

        other.createProducer(topic).send(other.createTextMessage("reply"));
        assertThat(text(consumer)).isEqualTo("reply");

        assertThatThrownBy(() -> other.createConsumer(other.createTopic(topic.getTopicName())))
                .isInstanceOf(JMSException.class);
        consumer.close();
        topic.delete();
        // Whoever deletes it need not wait until the broker has heard of it.
        await().untilAsserted(
                        () -> assertThatThrownBy(() -> other.createProducer(other.createTopic(topic.getTopicName()))
                                        .close())
                                .isInstanceOf(InvalidDestinationException.class));
    }

    @ParameterizedTest
    @EnumSource
    void theAnonymousProducerMakesTopicsToo(JmsClient client) throws JMSException {
        var session = connect(client).createSession();
        var topic = session.createTopic(name);
        var producer = session.createProducer(null);
        producer.send(topic, session.createTextMessage("dropped"));

        var consumer = session.createConsumer(topic);
        producer.send(topic, session.createTextMessage("heard"));

        assertThat(text(consumer)).isEqualTo("heard");
    }

    @ParameterizedTest
    @EnumSource
    void aLargeMessageReachesEverySubscription(JmsClient client) throws JMSException {
        var session = connect(client, name).createSession();
        var topic = session.createTopic(name);
        var consumers = List.of(session.createConsumer(topic), session.createDurableConsumer(topic, "sub"));
        var content = new byte[LARGE_BYTES];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31);
        }
        var message = session.createBytesMessage();
        message.writeBytes(content);
        session.createProducer(topic).send(message);

        for (var consumer : consumers) {
            var received = (BytesMessage) consumer.receive(SOON_MILLIS);
            var bytes = new byte[LARGE_BYTES];
            received.readBytes(bytes);
            assertThat(bytes).isEqualTo(content);
        }
    }

    @Test
    void aPatternSubscribesToTopicsThatAreThereAndThatCome() throws JMSException {
        var session = connect(JmsClient.QPID, name).createSession();
        var before = session.createTopic(name + ".before.x");
        session.createProducer(before).send(session.createTextMessage("dropped"));
        var all = session.createConsumer(session.createTopic(name + ".#"));
        var one = session.createConsumer(session.createTopic(name + ".*.x"));
        var kept = session.createDurableConsumer(session.createTopic(name + ".*.x"), "sub");
        var after = session.createTopic(name + ".after.x");
        var other = session.createTopic(name + ".other");

        for (var topic : List.of(before, after, other)) {
            session.createProducer(topic).send(session.createTextMessage(topic.getTopicName()));
        }

        assertThat(Arrivals.texts(all, 3))
                .containsExactlyInAnyOrder(before.getTopicName(), after.getTopicName(), other.getTopicName());
        assertThat(Arrivals.texts(one, 2)).containsExactlyInAnyOrder(before.getTopicName(), after.getTopicName());
        assertThat(Arrivals.texts(kept, 2)).containsExactlyInAnyOrder(before.getTopicName(), after.getTopicName());
        assertThat(one.receive(NEVER_MILLIS)).isNull();
        assertThatThrownBy(() -> session.createProducer(session.createTopic(name + ".#")))
                .isInstanceOf(JMSException.class);
    }

    private Connection connect(JmsClient client) throws JMSException {
        var connection = client.connect(BROKER.uri());
        connections.add(connection);
        return connection;
    }

    private Connection connect(JmsClient client, String clientId) throws JMSException {
        var connection = client.factory(BROKER.uri()).createConnection();
        connections.add(connection);
        connection.setClientID(clientId);
        connection.start();
        return connection;
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(n -> "message " + n).toList();
    }

    private static void send(Session session, Topic topic, List<String> texts) throws JMSException {
        try (var producer = session.createProducer(topic)) {
            producer.setDeliveryMode(DeliveryMode.PERSISTENT);
            for (var text : texts) {
                producer.send(session.createTextMessage(text));
            }
        }
    }
}
