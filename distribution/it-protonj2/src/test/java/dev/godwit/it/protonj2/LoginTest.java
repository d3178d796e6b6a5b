package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.it.GuardedBroker;
import dev.godwit.it.GuardedBroker.Door;
import dev.godwit.it.TestAuthority;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.exceptions.ClientConnectionSecuritySaslException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way in, and each listener: TCP, TLS, WebSocket and both, as ProtonJ2's client uses them. */
@Timeout(120)
final class LoginTest {
    @RegisterExtension
    static final GuardedBroker BROKER = new GuardedBroker();

    private static final String USER = GuardedBroker.USER;
    private static final String PASSWORD = GuardedBroker.PASSWORD;
    private static final long SOON_SECONDS = 10;
    private static final int WHOLE_MESSAGE_CHARACTERS = 1 << 20;
    private static final Door[] WITH_PASSWORD = {Door.TCP, Door.TLS, Door.WEB_SOCKET, Door.SECURE_WEB_SOCKET};

    private static Client client;

    @BeforeAll
    static void start() {
        client = Client.create();
    }

    @AfterAll
    static void stop() {
        client.close();
    }

    /** How to get to a listener, by one mechanism alone. */
    private static ConnectionOptions options(Door door, String mechanism) throws IOException {
        var options = new ConnectionOptions();
        options.saslOptions().addAllowedMechanism(mechanism);
        if (door.isEncrypted()) {
            options.sslOptions()
                    .sslEnabled(true)
                    .trustStoreLocation(BROKER.trustStore().toString())
                    .trustStorePassword(TestAuthority.PASSWORD);
        }
        if (door.isWebSocket()) {
            options.transportOptions().useWebSockets(true).webSocketPath("/amqp");
        }
        return options;
    }

    private static ConnectionOptions withCertificate(TestAuthority.Signed of) throws IOException {
        var options = options(Door.MUTUAL_TLS, "EXTERNAL");
        options.sslOptions()
                .keyStoreLocation(of.pkcs12().toString())
                .keyStorePassword(TestAuthority.PASSWORD)
                .keyAlias("key");
        return options;
    }

    private static Object exchange(Door door, ConnectionOptions options) throws Exception {
        return exchange(door, options, "hello");
    }

    /** What comes back of a message that goes through a queue. */
    private static Object exchange(Door door, ConnectionOptions options, String text) throws Exception {
        try (var connection = client.connect(GuardedBroker.HOST, BROKER.port(door), options)) {
            connection.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
            var receiver = connection.openDynamicReceiver();
            connection.openSender(receiver.address()).send(Message.create(text)).awaitAccepted();
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).isNotNull();
            return delivery.message().body();
        }
    }

    private static void assertNotLetIn(Door door, ConnectionOptions options) {
        assertThatThrownBy(() -> exchange(door, options))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ClientConnectionSecuritySaslException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void letsInByEachMechanismWithAPassword(String mechanism) throws Exception {
        for (Door door : WITH_PASSWORD) {
            var options = options(door, mechanism).user(USER).password(PASSWORD);
            assertThat(exchange(door, options)).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void refusesAWrongPasswordByEachMechanismAtEachListener(String mechanism) throws Exception {
        for (Door door : WITH_PASSWORD) {
            assertNotLetIn(door, options(door, mechanism).user(USER).password("wrong"));
            // Else the next failures would be answered later and later.
            var right = options(door, mechanism).user(USER).password(PASSWORD);
            assertThat(exchange(door, right)).isEqualTo("hello");
        }
    }

    @Test
    void letsInAnybodyWhereTheListenerSaysSoAndNowhereElse() throws Exception {
        assertThat(exchange(Door.FOR_ANYBODY, options(Door.FOR_ANYBODY, "ANONYMOUS")))
                .isEqualTo("hello");
        for (Door door : WITH_PASSWORD) {
            assertNotLetIn(door, options(door, "ANONYMOUS"));
        }
    }

    @Test
    void aClientsCertificateSaysWhoItIs() throws Exception {
        assertThat(exchange(Door.MUTUAL_TLS, withCertificate(BROKER.known()))).isEqualTo("hello");
        assertThatThrownBy(() -> exchange(Door.MUTUAL_TLS, withCertificate(BROKER.stranger())))
                .isInstanceOf(ExecutionException.class);
        assertThatThrownBy(() -> exchange(Door.MUTUAL_TLS, options(Door.MUTUAL_TLS, "EXTERNAL")))
                .isInstanceOf(ExecutionException.class);
    }

    @Test
    void aTokenSaysWhoAClientIs() throws Exception {
        var right = options(Door.TLS, "XOAUTH2").user("dora").password(BROKER.token("dora", 300));
        assertThat(exchange(Door.TLS, right)).isEqualTo("hello");
        assertNotLetIn(Door.TLS, options(Door.TLS, "XOAUTH2").user("dora").password(BROKER.token("dora", -300)));
        assertNotLetIn(Door.TLS, options(Door.TLS, "XOAUTH2").user("dora").password(BROKER.token("emil", 300)));
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "WEB_SOCKET", "SECURE_WEB_SOCKET"})
    void carriesALargeMessage(Door door) throws Exception {
        var text = "x".repeat(WHOLE_MESSAGE_CHARACTERS);
        var options = options(door, "SCRAM-SHA-512").user(USER).password(PASSWORD);
        assertThat(exchange(door, options, text)).isEqualTo(text);
    }
}
