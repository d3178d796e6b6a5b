package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.conformance.Spec;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Message groups, by JMSXGroupID and JMSXGroupSeq (Jakarta Messaging §3.5.9, AMQP 1.0 §3.2.4). */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
final class GroupsTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 20_000;
    private static final long NEVER_MILLIS = 300;

    private Connection connection;
    private String name;

    private void connect(JmsClient client, String test) throws JMSException {
        connection = client.connect(BROKER.uri());
        name = "groups." + test + client;
    }

    @AfterEach
    void disconnect() throws JMSException {
        connection.close();
    }

    private MessageConsumer consumer(int mode) throws JMSException {
        var session = connection.createSession(mode);
        return session.createConsumer(session.createQueue(name));
    }

    /** A negative number ends the group. */
    private void send(String group, int... numbers) throws JMSException {
        try (var session = connection.createSession(Session.AUTO_ACKNOWLEDGE)) {
            var producer = session.createProducer(session.createQueue(name));
            for (int number : numbers) {
                var message = session.createTextMessage(group + number);
                message.setStringProperty("JMSXGroupID", group);
                message.setIntProperty("JMSXGroupSeq", number);
                producer.send(message);
            }
        }
    }

    private static List<String> receive(MessageConsumer consumer, int count) throws JMSException {
        var texts = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            Message message = consumer.receive(SOON_MILLIS);
            assertThat(message).as("message %d", i).isNotNull();
            texts.add(message.getBody(String.class));
        }
        assertThat(consumer.receive(NEVER_MILLIS)).isNull();
        return texts;
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    @Spec("3.2.4")
    void eachGroupGoesToOneConsumerAndOnToTheOtherWhenThatLeaves(JmsClient client) throws JMSException {
        connect(client, "two");
        var firstSession = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        var first = firstSession.createConsumer(firstSession.createQueue(name));
        var second = consumer(Session.CLIENT_ACKNOWLEDGE);
        send("a", 1, 2, 3);
        send("b", 1, 2);
        send("a", 4);
        send("b", 3);

        // Which of the two has which is the broker's choice.
        var firstText = first.receive(SOON_MILLIS).getBody(String.class);
        var groupOfFirst = firstText.substring(0, 1);
        if (groupOfFirst.equals("a")) {
            assertThat(receive(first, 3)).containsExactly("a2", "a3", "a4");
            assertThat(receive(second, 3)).containsExactly("b1", "b2", "b3");
        } else {
            assertThat(receive(first, 2)).containsExactly("b2", "b3");
            assertThat(receive(second, 4)).containsExactly("a1", "a2", "a3", "a4");
        }
        // Nothing was acknowledged: all of it goes to the other one, in order, before what comes now.
        firstSession.close();
        send(groupOfFirst, 9);
        var moved = receive(second, groupOfFirst.equals("a") ? 5 : 4);
        assertThat(moved).allMatch(text -> text.startsWith(groupOfFirst)).isSorted();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void whatIsRolledBackComesFirstAndHoldsNoOtherGroup(JmsClient client) throws JMSException {
        connect(client, "rollback");
        send("a", 1, 2);
        send("b", 1);
        try (var session = connection.createSession(Session.SESSION_TRANSACTED);
                var consumer = session.createConsumer(session.createQueue(name))) {
            assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("a1");
            session.rollback();
            assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("a1");
            assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("a2");
            assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("b1");
            session.commit();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void theLastOfAGroupLetsItGoToAnother(JmsClient client) throws JMSException {
        connect(client, "last");
        var first = consumer(Session.AUTO_ACKNOWLEDGE);
        send("a", 1);
        assertThat(receive(first, 1)).containsExactly("a1");
        var second = consumer(Session.AUTO_ACKNOWLEDGE);
        send("a", 2, -1);
        assertThat(receive(first, 2)).containsExactly("a2", "a-1");
        send("b", 1);
        send("a", 1);
        // Two groups, and both are new: each has one.
        assertThat(receive(first, 1)).hasSize(1);
        assertThat(receive(second, 1)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void restartKeepsTheOrder(JmsClient client) throws Exception {
        connect(client, "restart");
        send("a", 1, 2, 3, 4);
        connection.close();
        BROKER.restart();
        connect(client, "restart");
        var first = consumer(Session.AUTO_ACKNOWLEDGE);
        var second = consumer(Session.AUTO_ACKNOWLEDGE);
        var one = receive(first, 4);
        assertThat(one).containsExactly("a1", "a2", "a3", "a4");
        assertThat(receive(second, 0)).isEmpty();
    }
}
