package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.TextMessage;
import java.util.Map;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is let in, and what happens to a connection whose broker goes away. */
@Timeout(60)
final class ConnectionTest {
    @RegisterExtension
    static final EmbeddedBroker OPEN = new EmbeddedBroker();

    @RegisterExtension
    static final EmbeddedBroker CLOSED = new EmbeddedBroker(
            configuration -> configuration.withUsers(Map.of("anna", PasswordHash.hash("correct horse"))));

    private static final long SOON_MILLIS = 10_000;

    @Test
    void letsAUserInWithTheRightPassword() throws JMSException {
        try (var connection = connect(CLOSED, "anna", "correct horse")) {
            connection.start();
            assertThat(connection.getMetaData().getJMSProviderName()).isNotEmpty();
        }
    }

    @Test
    void refusesAWrongPassword() {
        assertThatThrownBy(() -> connect(CLOSED, "anna", "wrong horse").start())
                .isInstanceOf(JMSSecurityException.class);
    }

    @Test
    void refusesAnUnknownUser() {
        assertThatThrownBy(() -> connect(CLOSED, "berta", "correct horse").start())
                .isInstanceOf(JMSSecurityException.class);
    }

    @Test
    void refusesNobodyWhenThereAreUsers() {
        assertThatThrownBy(() -> new JmsConnectionFactory(CLOSED.uri())
                        .createConnection()
                        .start())
                .isInstanceOf(JMSSecurityException.class);
    }

    @Test
    void letsAnybodyInWhereThereAreNoUsers() throws JMSException {
        try (var connection = connect(OPEN, "anybody", "anything")) {
            connection.start();
            assertThat(connection.createSession()).isNotNull();
        }
    }

    @Test
    void letsAClientIdInOnce() throws JMSException {
        try (var first = new JmsConnectionFactory(OPEN.uri()).createConnection()) {
            first.setClientID("the only one");
            try (var second = new JmsConnectionFactory(OPEN.uri()).createConnection()) {
                assertThatThrownBy(() -> second.setClientID("the only one"))
                        .isInstanceOf(InvalidClientIDException.class);
            }
        }
        await().ignoreExceptions().untilAsserted(() -> {
            try (var third = new JmsConnectionFactory(OPEN.uri()).createConnection()) {
                third.setClientID("the only one");
                assertThat(third.getClientID()).isEqualTo("the only one");
            }
        });
    }

    @Test
    void comesBackByItselfWhenTheBrokerIsRestarted() throws Exception {
        var factory = new JmsConnectionFactory("failover:(" + OPEN.uri()
                + ")?failover.reconnectDelay=50&failover.maxReconnectDelay=200&failover.useReconnectBackOff=false");
        try (var connection = factory.createConnection()) {
            connection.start();
            var session = connection.createSession();
            var queue = session.createQueue("failover");
            var producer = session.createProducer(queue);
            var consumer = session.createConsumer(queue);
            producer.send(session.createTextMessage("before"));
            assertThat(((TextMessage) consumer.receive(SOON_MILLIS)).getText()).isEqualTo("before");
            // The client does not wait for the broker to hear its acknowledgement.
            await().until(() -> OPEN.consumed("failover") == 1);

            OPEN.restart();

            producer.send(session.createTextMessage("after"));
            assertThat(((TextMessage) consumer.receive(SOON_MILLIS)).getText()).isEqualTo("after");
        }
    }

    @Test
    void hasWhatWasSentBeforeARestart() throws Exception {
        try (var connection = connect(OPEN, "anybody", "")) {
            var session = connection.createSession();
            session.createProducer(session.createQueue("restart")).send(session.createTextMessage("kept"));
        }

        OPEN.restart();

        try (var connection = connect(OPEN, "anybody", "")) {
            connection.start();
            var session = connection.createSession();
            var received =
                    session.createConsumer(session.createQueue("restart")).receive(SOON_MILLIS);
            assertThat(((TextMessage) received).getText()).isEqualTo("kept");
        }
    }

    private static Connection connect(EmbeddedBroker broker, String user, String password) throws JMSException {
        return new JmsConnectionFactory(broker.uri()).createConnection(user, password);
    }
}
