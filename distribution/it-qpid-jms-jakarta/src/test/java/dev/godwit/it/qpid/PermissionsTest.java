package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.BrokerConfiguration.Security;
import dev.godwit.broker.BrokerConfiguration.User;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.Action;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
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

/** Who may do what at which address, each refused with {@code amqp:unauthorized-access} and no more than that. */
@Timeout(60)
final class PermissionsTest {
    private static final String PASSWORD = "correct horse";
    private static final long WAIT_MILLIS = 10_000;

    @RegisterExtension
    static final EmbeddedBroker broker = new EmbeddedBroker(configuration -> {
        var hash = PasswordHash.hash(PASSWORD);
        return configuration.withSecurity(new Security(
                Map.of(
                        "clerk", new User(hash, Set.of()),
                        "robot", new User(hash, Set.of("readers")),
                        "chief", new User(hash, Set.of())),
                List.of(
                        rule("clerk", "secret.*", EnumSet.allOf(Action.class), false),
                        rule("clerk", "*", EnumSet.of(Action.SEND), true),
                        rule("clerk", "clerk.*", EnumSet.of(Action.RECEIVE, Action.CREATE), true),
                        new AccessRule(
                                List.of(), List.of("readers"), List.of("shared"), EnumSet.of(Action.RECEIVE), true),
                        rule("chief", "*", EnumSet.allOf(Action.class), true))));
    });

    private static AccessRule rule(String user, String addresses, Set<Action> actions, boolean allows) {
        return new AccessRule(List.of(user), List.of(), List.of(addresses), actions, allows);
    }

    private static Connection connect(String user) throws JMSException {
        var connection = new JmsConnectionFactory(user, PASSWORD, broker.uri()).createConnection();
        connection.start();
        return connection;
    }

    private static Session session(Connection connection) throws JMSException {
        return connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    @Test
    void sendsAndReceivesWhereItMay() throws Exception {
        try (var clerk = connect("clerk")) {
            var session = session(clerk);
            var queue = session.createQueue("clerk.desk");
            session.createProducer(queue).send(session.createTextMessage("mine"));
            var received = session.createConsumer(queue).receive(WAIT_MILLIS);
            assertThat(received.getBody(String.class)).isEqualTo("mine");
        }
    }

    @Test
    void aMemberOfAGroupMayWhatTheGroupMay() throws Exception {
        try (var chief = connect("chief");
                var robot = connect("robot")) {
            var sending = session(chief);
            sending.createProducer(sending.createQueue("shared")).send(sending.createTextMessage("for all"));
            var receiving = session(robot);
            var shared = receiving.createQueue("shared");
            assertThat(receiving.createConsumer(shared).receive(WAIT_MILLIS).getBody(String.class))
                    .isEqualTo("for all");
            assertThatThrownBy(() -> receiving.createProducer(shared))
                    .isInstanceOf(JMSSecurityException.class)
                    .hasMessageContaining("'robot' may not send at 'shared'");
        }
    }

    @Test
    void refusesAConsumerWithoutTheRight() throws Exception {
        try (var chief = connect("chief");
                var clerk = connect("clerk")) {
            var making = session(chief);
            making.createConsumer(making.createQueue("reports"));
            var session = session(clerk);
            assertThatThrownBy(() -> session.createConsumer(session.createQueue("reports")))
                    .isInstanceOf(JMSSecurityException.class)
                    .hasMessageContaining("'clerk' may not receive at 'reports'");
            session.createProducer(session.createQueue("reports")).send(session.createTextMessage("still usable"));
        }
    }

    @Test
    void refusesAProducerWithoutTheRight() throws Exception {
        try (var clerk = connect("clerk")) {
            var session = session(clerk);
            assertThatThrownBy(() -> session.createProducer(session.createQueue("secret.plan")))
                    .isInstanceOf(JMSSecurityException.class)
                    .hasMessageContaining("'clerk' may not send at 'secret.plan'");
        }
    }

    @Test
    void doesNotCreateOnDemandForSomebodyWhoMayNotCreate() throws Exception {
        try (var clerk = connect("clerk")) {
            var session = session(clerk);
            assertThatThrownBy(() -> session.createProducer(session.createQueue("nowhere.yet")))
                    .isInstanceOf(JMSSecurityException.class)
                    .hasMessageContaining("may not create");
        }
    }

    @Test
    void theAnonymousRelayAsksForEachAddress() throws Exception {
        try (var clerk = connect("clerk")) {
            var session = session(clerk);
            var anonymous = session.createProducer(null);
            anonymous.send(session.createQueue("clerk.relay"), session.createTextMessage("allowed"));
            assertThatThrownBy(
                            () -> anonymous.send(session.createQueue("secret.relay"), session.createTextMessage("x")))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("'clerk' may not send at 'secret.relay'");
            assertThatThrownBy(() -> anonymous.send(session.createQueue("nowhere"), session.createTextMessage("x")))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("may not create");
            anonymous.send(session.createQueue("clerk.relay"), session.createTextMessage("still usable"));
        }
    }

    @Test
    void theAnonymousRelayAsksForAnAddressThatIsThere() throws Exception {
        try (var chief = connect("chief");
                var clerk = connect("clerk")) {
            var making = session(chief);
            making.createConsumer(making.createQueue("secret.here"));
            var session = session(clerk);
            var anonymous = session.createProducer(null);
            assertThatThrownBy(() -> anonymous.send(session.createQueue("secret.here"), session.createTextMessage("x")))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("'clerk' may not send at 'secret.here'");
        }
    }

    @Test
    void aDynamicNodeNeedsTheRightToCreate() throws Exception {
        try (var robot = connect("robot");
                var chief = connect("chief")) {
            assertThatThrownBy(() -> session(robot).createTemporaryQueue())
                    .isInstanceOf(JMSSecurityException.class)
                    .hasMessageContaining("may not create");
            assertThat(session(chief).createTemporaryQueue().getQueueName()).isNotEmpty();
        }
    }
}
