package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.Spec;
import dev.godwit.it.GuardedBroker;
import dev.godwit.it.GuardedBroker.Door;
import dev.godwit.it.TestAuthority;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.Session;
import java.io.IOException;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way in, and each listener: TCP, TLS, WebSocket and both, as Qpid JMS uses them. */
@Timeout(60)
final class LoginTest {
    @RegisterExtension
    static final GuardedBroker BROKER = new GuardedBroker();

    private static final String USER = GuardedBroker.USER;
    private static final String PASSWORD = GuardedBroker.PASSWORD;
    private static final long SOON_MILLIS = 10_000;
    private static final int WHOLE_MESSAGE_BYTES = 1 << 20;
    private static final Door[] WITH_PASSWORD = {Door.TCP, Door.TLS, Door.WEB_SOCKET, Door.SECURE_WEB_SOCKET};

    private static String uri(Door door, String... options) throws IOException {
        var uri = BROKER.uri(door).toString().replaceFirst("^ws", "amqpws").replace("127.0.0.1", GuardedBroker.HOST);
        var trust = "transport.trustStoreLocation=" + BROKER.trustStore() + "&transport.trustStorePassword="
                + TestAuthority.PASSWORD;
        return uri + "?" + (door.isEncrypted() ? trust + "&" : "") + String.join("&", options);
    }

    private static String by(String mechanism) {
        return "amqp.saslMechanisms=" + mechanism;
    }

    private static String key(TestAuthority.Signed of) {
        return "transport.keyStoreLocation=" + of.pkcs12() + "&transport.keyStorePassword=" + TestAuthority.PASSWORD
                + "&transport.keyAlias=key";
    }

    private static String exchange(String uri, @Nullable String user, @Nullable String password) throws JMSException {
        return exchange(uri, user, password, "hello");
    }

    /** What comes back of a message that goes through a queue. */
    private static String exchange(String uri, @Nullable String user, @Nullable String password, String text)
            throws JMSException {
        try (var connection = new JmsConnectionFactory(uri).createConnection(user, password)) {
            connection.start();
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            var queue = session.createTemporaryQueue();
            var consumer = session.createConsumer(queue);
            session.createProducer(queue).send(session.createTextMessage(text));
            return consumer.receive(SOON_MILLIS).getBody(String.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    @Spec("5.3.2")
    void letsInByEachMechanismWithAPassword(String mechanism) throws Exception {
        for (Door door : WITH_PASSWORD) {
            assertThat(exchange(uri(door, by(mechanism)), USER, PASSWORD)).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    @Spec("5.3.3.6")
    void refusesAWrongPasswordAndAnUnknownUserByEachMechanism(String mechanism) throws Exception {
        var only = by(mechanism);
        assertThatThrownBy(() -> exchange(uri(Door.TCP, only), USER, "wrong")).isInstanceOf(JMSSecurityException.class);
        assertThatThrownBy(() -> exchange(uri(Door.TLS, only), "berta", PASSWORD))
                .isInstanceOf(JMSSecurityException.class);
        // Else the next failures would be answered later and later.
        assertThat(exchange(uri(Door.TCP, only), USER, PASSWORD)).isEqualTo("hello");
    }

    @Test
    void offersNoWayInWithoutAUserUnlessAListenerSaysSo() throws Exception {
        assertThatThrownBy(() -> exchange(uri(Door.TCP, by("ANONYMOUS")), null, null))
                .isInstanceOf(JMSSecurityException.class);
        assertThat(exchange(uri(Door.FOR_ANYBODY), null, null)).isEqualTo("hello");
        assertThatThrownBy(() -> exchange(uri(Door.FOR_ANYBODY, by("PLAIN")), USER, PASSWORD))
                .isInstanceOf(JMSSecurityException.class);
    }

    @Test
    @Spec("5.2")
    void aClientsCertificateSaysWhoItIs() throws Exception {
        assertThat(exchange(uri(Door.MUTUAL_TLS, key(BROKER.known())), null, null))
                .isEqualTo("hello");
    }

    @Test
    @Spec("5.2")
    void refusesAClientWithoutACertificateOrWithOneOfAStranger() {
        assertThatThrownBy(() -> exchange(uri(Door.MUTUAL_TLS), USER, PASSWORD)).isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> exchange(uri(Door.MUTUAL_TLS, key(BROKER.stranger())), null, null))
                .isInstanceOf(JMSException.class);
    }

    @Test
    void aTokenSaysWhoAClientIs() throws Exception {
        var uri = uri(Door.TLS, by("XOAUTH2"));
        assertThat(exchange(uri, "dora", BROKER.token("dora", 300))).isEqualTo("hello");
        assertThatThrownBy(() -> exchange(uri, "dora", BROKER.token("dora", -300)))
                .isInstanceOf(JMSSecurityException.class);
        assertThatThrownBy(() -> exchange(uri, "dora", BROKER.token("emil", 300)))
                .isInstanceOf(JMSSecurityException.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "WEB_SOCKET", "SECURE_WEB_SOCKET"})
    void carriesALargeMessage(Door door) throws Exception {
        var text = "x".repeat(WHOLE_MESSAGE_BYTES);
        assertThat(exchange(uri(door), USER, PASSWORD, text)).isEqualTo(text);
    }

    @Test
    void isFoundAtEitherPathOfAWebSocket() throws Exception {
        var atPath = uri(Door.WEB_SOCKET).replace("?", "/amqp?");
        assertThat(exchange(atPath, USER, PASSWORD)).isEqualTo("hello");
    }
}
