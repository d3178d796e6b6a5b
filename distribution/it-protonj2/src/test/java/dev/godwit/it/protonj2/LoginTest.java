package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerConfiguration.Listener;
import dev.godwit.broker.BrokerConfiguration.Scheme;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.TestAuthority;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way in, and each listener: TCP, TLS, WebSocket and both, as ProtonJ2's client uses them. */
@Timeout(120)
final class LoginTest {
    private static final String USER = "anna";
    private static final String PASSWORD = "correct, horse=";
    private static final long SOON_SECONDS = 10;
    private static final int WHOLE_MESSAGE_CHARACTERS = 1 << 20;

    private static final int TCP = 0;
    private static final int TLS = 1;
    private static final int MUTUAL_TLS = 2;
    private static final int WEB_SOCKET = 3;
    private static final int SECURE_WEB_SOCKET = 4;
    private static final int FOR_ANYBODY = 5;

    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static TestAuthority.Signed known;
    private static TestAuthority.Signed stranger;
    private static Broker broker;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        authority = new TestAuthority(directory.resolve("keys"), "trusted");
        var server = authority.sign("server", "CN=broker", "RSA", "localhost");
        known = authority.sign("client", "CN=carla,O=Godwit", "EC");
        stranger = new TestAuthority(directory.resolve("keys"), "unknown").sign("stranger", "CN=carla", "EC");
        var defaults = BrokerConfiguration.defaults(directory.resolve("data")).withPort(0);
        var listen = defaults.listen()
                .withTls(
                        new TlsFiles(
                                List.of(new TlsFiles.KeyFile(server.chainPem(), server.keyPem(), null)),
                                new TlsFiles.Trust(authority.authorityPem(), null)),
                        60_000)
                .withFurther(List.of(
                        Listener.of(Scheme.AMQPS, "127.0.0.1", 0),
                        new Listener(Scheme.AMQPS, "127.0.0.1", 0, List.of("EXTERNAL"), ClientCertificates.NEED),
                        Listener.of(Scheme.WS, "127.0.0.1", 0),
                        Listener.of(Scheme.WSS, "127.0.0.1", 0),
                        new Listener(Scheme.AMQP, "127.0.0.1", 0, List.of("ANONYMOUS"), ClientCertificates.NONE)));
        broker = Broker.start(defaults.withListen(listen)
                .withJournal(new BrokerConfiguration.Journal(16 << 20))
                .withUsers(Map.of(USER, PasswordHash.hash(PASSWORD))));
        client = Client.create();
    }

    @AfterAll
    static void stop() {
        client.close();
        broker.close();
    }

    /** How to get to a listener, by one mechanism alone. */
    private static ConnectionOptions options(int listener, String mechanism) throws Exception {
        var options = new ConnectionOptions();
        options.saslOptions().addAllowedMechanism(mechanism);
        if (listener == TLS || listener == MUTUAL_TLS || listener == SECURE_WEB_SOCKET) {
            options.sslOptions()
                    .sslEnabled(true)
                    .trustStoreLocation(authority.trustStore().toString())
                    .trustStorePassword(TestAuthority.PASSWORD);
        }
        if (listener == WEB_SOCKET || listener == SECURE_WEB_SOCKET) {
            options.transportOptions().useWebSockets(true).webSocketPath("/amqp");
        }
        return options;
    }

    private static ConnectionOptions withCertificate(TestAuthority.Signed of) throws Exception {
        var options = options(MUTUAL_TLS, "EXTERNAL");
        options.sslOptions()
                .keyStoreLocation(of.pkcs12().toString())
                .keyStorePassword(TestAuthority.PASSWORD)
                .keyAlias("key");
        return options;
    }

    /** What comes back of a message that goes through a queue. */
    private static Object exchange(int listener, ConnectionOptions options, String text) throws Exception {
        int port = URI.create(broker.uris().get(listener)).getPort();
        try (var connection = client.connect("localhost", port, options)) {
            connection.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
            var receiver = connection.openDynamicReceiver();
            connection.openSender(receiver.address()).send(Message.create(text)).awaitAccepted();
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).isNotNull();
            return delivery.message().body();
        }
    }

    private static void assertNotLetIn(int listener, ConnectionOptions options) {
        assertThatThrownBy(() -> exchange(listener, options, "hello"))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ClientConnectionSecuritySaslException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void letsInByEachMechanismWithAPassword(String mechanism) throws Exception {
        for (int listener : new int[] {TCP, TLS, WEB_SOCKET, SECURE_WEB_SOCKET}) {
            var options = options(listener, mechanism).user(USER).password(PASSWORD);
            assertThat(exchange(listener, options, "hello")).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void refusesAWrongPasswordByEachMechanismAtEachListener(String mechanism) throws Exception {
        for (int listener : new int[] {TCP, TLS, WEB_SOCKET, SECURE_WEB_SOCKET}) {
            assertNotLetIn(listener, options(listener, mechanism).user(USER).password("wrong"));
            // Else the next failures would be answered later and later.
            var right = options(listener, mechanism).user(USER).password(PASSWORD);
            assertThat(exchange(listener, right, "hello")).isEqualTo("hello");
        }
    }

    @Test
    void letsInAnybodyWhereTheListenerSaysSoAndNowhereElse() throws Exception {
        assertThat(exchange(FOR_ANYBODY, options(FOR_ANYBODY, "ANONYMOUS"), "hello"))
                .isEqualTo("hello");
        for (int listener : new int[] {TCP, TLS, WEB_SOCKET, SECURE_WEB_SOCKET}) {
            assertNotLetIn(listener, options(listener, "ANONYMOUS"));
        }
    }

    @Test
    void aClientsCertificateSaysWhoItIs() throws Exception {
        assertThat(exchange(MUTUAL_TLS, withCertificate(known), "hello")).isEqualTo("hello");
        assertThatThrownBy(() -> exchange(MUTUAL_TLS, withCertificate(stranger), "hello"))
                .isInstanceOf(ExecutionException.class);
        assertThatThrownBy(() -> exchange(MUTUAL_TLS, options(MUTUAL_TLS, "EXTERNAL"), "hello"))
                .isInstanceOf(ExecutionException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {TLS, WEB_SOCKET, SECURE_WEB_SOCKET})
    void carriesALargeMessage(int listener) throws Exception {
        var text = "x".repeat(WHOLE_MESSAGE_CHARACTERS);
        var options = options(listener, "SCRAM-SHA-512").user(USER).password(PASSWORD);
        assertThat(exchange(listener, options, text)).isEqualTo(text);
    }
}
