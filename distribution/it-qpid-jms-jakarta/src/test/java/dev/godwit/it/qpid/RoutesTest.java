package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.BrokerConfiguration.Security;
import dev.godwit.broker.BrokerConfiguration.User;
import dev.godwit.broker.RoutingConfiguration;
import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRule.Forward;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.Action;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.Session;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Aliases and routes, as JMS clients meet them. */
@Timeout(60)
final class RoutesTest {
    private static final String PASSWORD = "correct horse";
    private static final long WAIT_MILLIS = 10_000;
    private static final long NEVER_MILLIS = 200;

    @RegisterExtension
    static final EmbeddedBroker broker = new EmbeddedBroker(configuration -> {
        var hash = PasswordHash.hash(PASSWORD);
        return configuration
                .withRouting(new RoutingConfiguration(
                        List.of(
                                new Alias("old.desk", "clerk.desk"),
                                new Alias("old.vault", "vault"),
                                new Forward("dear ones", "prices.#", "dear", "price > 100", false),
                                new Forward("aside", "clerk.in", "vault", "secret", true)),
                        true))
                .withSecurity(new Security(
                        Map.of("clerk", new User(hash, Set.of()), "chief", new User(hash, Set.of())),
                        List.of(
                                rule("clerk", "vault"),
                                rule("chief", "*", Action.values()),
                                rule("clerk", "clerk.*", Action.SEND, Action.RECEIVE, Action.CREATE),
                                rule("clerk", "old.*", Action.SEND, Action.RECEIVE))));
    });

    private static AccessRule rule(String user, String addresses, Action... actions) {
        var all = actions.length == 0 ? EnumSet.allOf(Action.class) : EnumSet.copyOf(List.of(actions));
        return new AccessRule(List.of(user), List.of(), List.of(addresses), all, actions.length > 0);
    }

    private static Connection connect(String user) throws JMSException {
        var connection = new JmsConnectionFactory(user, PASSWORD, broker.uri()).createConnection();
        connection.start();
        return connection;
    }

    private static void send(Session session, Destination destination, String text) throws JMSException {
        session.createProducer(destination).send(session.createTextMessage(text));
    }

    private static String receive(Session session, Destination destination) throws JMSException {
        try (var consumer = session.createConsumer(destination)) {
            var message = consumer.receive(WAIT_MILLIS);
            assertThat(message).as("a message at " + destination).isNotNull();
            return message.getBody(String.class);
        }
    }

    @Test
    void anAliasIsTheSameAddress() throws Exception {
        try (var connection = connect("clerk")) {
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, session.createQueue("old.desk"), "a");
            assertThat(receive(session, session.createQueue("clerk.desk"))).isEqualTo("a");
            session.createProducer(null).send(session.createQueue("old.desk"), session.createTextMessage("b"));
            assertThat(receive(session, session.createQueue("old.desk"))).isEqualTo("b");
        }
    }

    @Test
    void anAliasGivesNobodyARight() throws Exception {
        try (var connection = connect("clerk")) {
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            var vault = session.createQueue("old.vault");
            assertThatThrownBy(() -> session.createProducer(vault)).isInstanceOf(JMSSecurityException.class);
            assertThatThrownBy(() -> session.createConsumer(vault)).isInstanceOf(JMSSecurityException.class);
            assertThatThrownBy(() -> session.createBrowser(vault).getEnumeration())
                    .isInstanceOf(JMSSecurityException.class);
            var relay = session.createProducer(null);
            assertThatThrownBy(() -> relay.send(vault, session.createTextMessage("a")))
                    .isInstanceOf(JMSException.class);
        }
    }

    @Test
    void aRouteLeadsWhereItsProducerMayNotSend() throws Exception {
        try (var connection = connect("clerk");
                var chiefs = connect("chief")) {
            var session = connection.createSession(true, Session.SESSION_TRANSACTED);
            var in = session.createQueue("clerk.in");
            var producer = session.createProducer(in);
            var secret = session.createTextMessage("secret");
            secret.setBooleanProperty("secret", true);
            producer.send(secret);
            producer.send(session.createTextMessage("open"));
            session.commit();
            assertThat(receive(session, in)).isEqualTo("open");
            session.commit();
            var chief = chiefs.createSession(false, Session.AUTO_ACKNOWLEDGE);
            assertThat(receive(chief, chief.createQueue("vault"))).isEqualTo("secret");
        }
    }

    @Test
    void topicsFillQueues() throws Exception {
        try (var connection = connect("chief")) {
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            var topic = session.createTopic("prices.gold");
            var subscriber = session.createConsumer(topic);
            var producer = session.createProducer(topic);
            for (int price : new int[] {50, 500}) {
                var message = session.createTextMessage("at " + price);
                message.setIntProperty("price", price);
                producer.send(message);
            }
            assertThat(receive(session, session.createQueue("dear"))).isEqualTo("at 500");
            assertThat(subscriber.receive(WAIT_MILLIS).getBody(String.class)).isEqualTo("at 50");
            assertThat(subscriber.receive(WAIT_MILLIS).getBody(String.class)).isEqualTo("at 500");
        }
    }

    @Test
    void consumersShareAQueueThatAVirtualTopicFills() throws Exception {
        try (var connection = connect("chief")) {
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            var billing = session.createQueue("Consumer.billing.VirtualTopic.Orders");
            var shipping = session.createQueue("Consumer.shipping.VirtualTopic.Orders");
            try (var first = session.createConsumer(billing);
                    var other = session.createConsumer(shipping)) {
                send(session, session.createTopic("VirtualTopic.Orders"), "a");
                assertThat(first.receive(WAIT_MILLIS).getBody(String.class)).isEqualTo("a");
                assertThat(other.receive(WAIT_MILLIS).getBody(String.class)).isEqualTo("a");
                assertThat(first.receive(NEVER_MILLIS)).isNull();
            }
        }
    }
}
