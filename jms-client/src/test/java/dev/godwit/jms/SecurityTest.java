package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.security.PasswordHash;
import dev.godwit.conformance.JmsSpec;
import jakarta.jms.Connection;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.JMSSecurityRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may come in, and what it looks like when one may not, or nobody is there. */
@Timeout(30)
class SecurityTest {
    @RegisterExtension
    static final BrokerExtension BROKER =
            new BrokerExtension(settings -> settings.withUsers(Map.of("ann", PasswordHash.hash("right"))));

    @Test
    @JmsSpec("6.1.1/password")
    void rightPasswordComesIn() throws Exception {
        BROKER.factory().createConnection("ann", "right").close();
        BROKER.factory("?jms.username=ann&jms.password=right")
                .createConnection()
                .close();
        new GodwitConnectionFactory("ann", "right", BROKER.uri())
                .createConnection()
                .close();
    }

    @Test
    @JmsSpec({"10.3/security", "10.3/unchecked"})
    void wrongPasswordIsASecurityException() {
        assertThatThrownBy(() -> BROKER.factory().createConnection("ann", "wrong"))
                .isInstanceOf(JMSSecurityException.class);
        assertThatThrownBy(() -> BROKER.factory().createConnection()).isInstanceOf(JMSSecurityException.class);
        assertThatThrownBy(() -> BROKER.factory().createContext("bob", "right"))
                .isInstanceOf(JMSSecurityRuntimeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "failover:(amqp://ann@BROKER)?jms.password=right",
                "failover:(amqp://bob:b@BROKER,amqp://ann@BROKER)?jms.password=right",
                "failover:(amqp://BROKER,amqp://ann:right@BROKER)",
                "failover:(amqp://BROKER?amqp.saslMechanisms=SCRAM-SHA-1,amqp://BROKER)?jms.username=ann&jms.password=right"
            })
    void comesInWhereItsLoginIsRight(String uri) throws Exception {
        factory(uri).createConnection().close();
    }

    @Test
    void aPasswordThatIsSetIsThatOfTheUserInTheUri() throws Exception {
        for (String uri : List.of("failover:(amqp://ann@BROKER)", "failover:(amqp://ann:wrong@BROKER,amqp://BROKER)")) {
            GodwitConnectionFactory factory = factory(uri);
            factory.setPassword("right");
            factory.createConnection().close();
        }
    }

    private static GodwitConnectionFactory factory(String uri) {
        return new GodwitConnectionFactory(uri.replace("amqp://BROKER", BROKER.uri())
                .replace("BROKER", BROKER.uri().substring("amqp://".length())));
    }

    @Test
    void nobodyThereIsSaidAtOnce() throws Exception {
        int freePort;
        try (ServerSocket socket = new ServerSocket(0)) {
            freePort = socket.getLocalPort();
        }
        assertThatThrownBy(() -> new GodwitConnectionFactory("amqp://127.0.0.1:" + freePort).createConnection())
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("connecting to amqp://127.0.0.1:" + freePort);
    }

    @Test
    void silentPeerIsATimeout() throws Exception {
        try (ServerSocket silent = new ServerSocket(0)) {
            var factory = new GodwitConnectionFactory(
                    "amqp://127.0.0.1:" + silent.getLocalPort() + "?jms.connectTimeout=200");
            assertThatThrownBy(factory::createConnection)
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("connecting to");
        }
    }

    @Test
    @JmsSpec("2.16/temporary")
    void requestAndReplyOverATemporaryQueue() throws Exception {
        try (JMSContext asking = BROKER.factory().createContext("ann", "right");
                JMSContext answering = BROKER.factory().createContext("ann", "right")) {
            Queue questions = asking.createQueue("questions");
            Queue answers = asking.createTemporaryQueue();
            asking.createProducer().setJMSReplyTo(answers).send(questions, "6 x 7");
            Message question = answering.createConsumer(questions).receive(5_000);
            answering
                    .createProducer()
                    .setJMSCorrelationID(question.getJMSMessageID())
                    .send(question.getJMSReplyTo(), "42");
            assertThat(asking.createConsumer(answers).receiveBody(String.class, 5_000))
                    .isEqualTo("42");
        }
    }

    @Test
    void connectionsLeaveNoThreadBehindThatKeepsAProgramAlive() throws Exception {
        try (Connection connection = BROKER.factory().createConnection("ann", "right")) {
            connection.start();
            connection
                    .createSession()
                    .createConsumer(connection.createSession().createQueue("q"))
                    .setMessageListener(message -> {});
            assertThat(clientThreads()).isPositive();
        }
        org.awaitility.Awaitility.await().until(() -> clientThreads() == 0);
    }

    private static long clientThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("godwit-jms") && !thread.isDaemon())
                .count();
    }
}
