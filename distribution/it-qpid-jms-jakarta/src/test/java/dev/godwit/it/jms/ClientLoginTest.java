package dev.godwit.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.Listener;
import dev.godwit.broker.Scheme;
import dev.godwit.it.EmbeddedBroker;
import dev.godwit.it.GuardedBroker;
import dev.godwit.it.GuardedBroker.Door;
import dev.godwit.it.TestAuthority;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.Session;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way in, and each listener: TCP, TLS, WebSocket and both, as our client uses them. */
@Timeout(60)
final class ClientLoginTest {
    @RegisterExtension
    static final GuardedBroker BROKER = new GuardedBroker();

    private static final Path ELSEWHERE_TRUST;

    @RegisterExtension
    static final EmbeddedBroker ELSEWHERE;

    static {
        try {
            var authority = new TestAuthority(Files.createTempDirectory("godwit-elsewhere"), "elsewhere");
            var key = authority.sign("server", "CN=broker", "RSA", "elsewhere.example");
            var files = new TlsFiles(List.of(new TlsFiles.KeyFile(key.chainPem(), key.keyPem(), null)), null);
            ELSEWHERE_TRUST = authority.authorityPem();
            ELSEWHERE = new EmbeddedBroker(defaults -> defaults.withListen(defaults.listen()
                    .withTls(files, 60_000)
                    .withFurther(List.of(Listener.of(Scheme.AMQPS, "127.0.0.1", 0)))));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static final String USER = GuardedBroker.USER;
    private static final String PASSWORD = GuardedBroker.PASSWORD;
    private static final long SOON_MILLIS = 10_000;
    private static final int WHOLE_MESSAGE_BYTES = 1 << 20;
    private static final Door[] WITH_PASSWORD = {Door.TCP, Door.TLS, Door.WEB_SOCKET, Door.SECURE_WEB_SOCKET};

    private static String bare(Door door, String host) {
        return BROKER.uri(door).toString().replaceFirst("^ws", "amqpws").replace("127.0.0.1", host) + "?";
    }

    private static String uri(Door door, String... options) throws IOException {
        String trust = door.isEncrypted()
                ? "transport.trustStoreLocation=" + BROKER.trustStore() + "&transport.trustStorePassword="
                        + TestAuthority.PASSWORD + "&"
                : "";
        return bare(door, GuardedBroker.HOST) + trust + "jms.connectTimeout=10000&" + String.join("&", options);
    }

    private static GodwitConnectionFactory factory(String uri) {
        return new GodwitConnectionFactory(uri.replaceFirst("[&?]$", ""));
    }

    private static GodwitConnectionFactory factory(String uri, String user, String password) {
        var factory = factory(uri);
        factory.setUsername(user);
        factory.setPassword(password);
        return factory;
    }

    private static String by(String mechanism) {
        return "amqp.saslMechanisms=" + mechanism;
    }

    private static String key(TestAuthority.Signed of) {
        return "transport.keyStoreLocation=" + of.pkcs12() + "&transport.keyStorePassword=" + TestAuthority.PASSWORD
                + "&transport.keyAlias=key";
    }

    private static String exchange(GodwitConnectionFactory factory) throws JMSException {
        return exchange(factory, "hello");
    }

    /** What comes back of a message that goes through a queue. */
    private static String exchange(GodwitConnectionFactory factory, String text) throws JMSException {
        try (var connection = factory.createConnection()) {
            connection.start();
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            var queue = session.createTemporaryQueue();
            var consumer = session.createConsumer(queue);
            session.createProducer(queue).send(session.createTextMessage(text));
            var message = consumer.receive(SOON_MILLIS);
            return message == null ? "nothing" : message.getBody(String.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void comesInByEachMechanismWithAPassword(String mechanism) throws Exception {
        for (Door door : WITH_PASSWORD) {
            assertThat(exchange(factory(uri(door, by(mechanism)), USER, PASSWORD)))
                    .isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void aWrongPasswordIsASecurityException(String mechanism) throws Exception {
        assertThatThrownBy(() -> exchange(factory(uri(Door.TCP, by(mechanism)), USER, "wrong")))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining(USER)
                .message()
                .doesNotContain("wrong");
        // Else the next failures would be answered later and later.
        assertThat(exchange(factory(uri(Door.TCP, by(mechanism)), USER, PASSWORD)))
                .isEqualTo("hello");
    }

    @Test
    void saysWhichMechanismsWereOfferedAndWhichAreAllowed() throws Exception {
        assertThatThrownBy(() -> exchange(factory(uri(Door.TCP, by("SCRAM-SHA-1,ANONYMOUS")), USER, PASSWORD)))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("SCRAM-SHA-512, SCRAM-SHA-256")
                .hasMessageContaining("allowed are [SCRAM-SHA-1, ANONYMOUS]");
        assertThatThrownBy(() -> exchange(factory(uri(Door.TCP))))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("neither user nor token nor certificate");
        assertThat(exchange(factory(uri(Door.FOR_ANYBODY)))).isEqualTo("hello");
    }

    @Test
    void aCertificateOfAStoreOrOfAPemFileSaysWhoWeAre(@TempDir Path directory) throws Exception {
        assertThat(exchange(factory(uri(Door.MUTUAL_TLS, key(BROKER.known()))))).isEqualTo("hello");
        Path pem = Files.writeString(
                directory.resolve("client.pem"),
                Files.readString(BROKER.known().chainPem())
                        + Files.readString(BROKER.known().keyPem()));
        assertThat(exchange(factory(bare(Door.MUTUAL_TLS, GuardedBroker.HOST) + "transport.keyStoreLocation=" + pem
                        + "&transport.trustStoreLocation=" + BROKER.authorityPem())))
                .isEqualTo("hello");
    }

    @Test
    void aStrangersCertificateOrNoneIsRefused() {
        assertThatThrownBy(() -> exchange(factory(uri(Door.MUTUAL_TLS), USER, PASSWORD)))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> exchange(factory(uri(Door.MUTUAL_TLS, key(BROKER.stranger())))))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> exchange(factory(uri(Door.MUTUAL_TLS, key(BROKER.known()) + "x"))))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("no key with the alias keyx");
    }

    @Test
    void aBrokerMustBeTrustedAndMustBeTheHostOfTheUri() throws Exception {
        assertThatThrownBy(() -> exchange(factory(bare(Door.TLS, GuardedBroker.HOST), USER, PASSWORD)))
                .isInstanceOf(JMSSecurityException.class);
        var other = "transport.trustStoreLocation=" + BROKER.otherAuthorityPem();
        assertThatThrownBy(() -> exchange(factory(bare(Door.TLS, GuardedBroker.HOST) + other, USER, PASSWORD)))
                .isInstanceOf(JMSSecurityException.class);
        assertThat(exchange(factory(bare(Door.TLS, GuardedBroker.HOST) + "transport.trustAll=true", USER, PASSWORD)))
                .isEqualTo("hello");
        // The certificate is for localhost and for 127.0.0.1, but for no other name of this machine.
        var trusted = "transport.trustStoreLocation=" + BROKER.authorityPem();
        assertThat(exchange(factory(bare(Door.TLS, "127.0.0.1") + trusted, USER, PASSWORD)))
                .isEqualTo("hello");
        // The other broker's certificate is for 127.0.0.1, and for no host of this name.
        var elsewhere = ELSEWHERE.uris().get(1).toString().replace("127.0.0.1", GuardedBroker.HOST)
                + "?transport.trustStoreLocation=" + ELSEWHERE_TRUST;
        assertThatThrownBy(() -> exchange(factory(elsewhere)))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("localhost");
        assertThat(exchange(factory(elsewhere + "&transport.verifyHost=false"))).isEqualTo("hello");
    }

    @Test
    void versionsAndCipherSuitesCanBeChosen() throws Exception {
        for (String choice : new String[] {
            "transport.enabledProtocols=TLSv1.2",
            "transport.disabledProtocols=TLSv1.3",
            "transport.enabledCipherSuites=TLS_AES_128_GCM_SHA256",
            "transport.contextProtocol=TLSv1.3"
        }) {
            assertThat(exchange(factory(uri(Door.TLS, choice), USER, PASSWORD))).isEqualTo("hello");
        }
        assertThatThrownBy(() -> exchange(factory(
                        uri(Door.TLS, "transport.enabledCipherSuites=TLS_RSA_WITH_AES_128_CBC_SHA"), USER, PASSWORD)))
                .isInstanceOf(JMSSecurityException.class);
        assertThatThrownBy(() -> exchange(factory(
                        uri(Door.TLS, "transport.enabledProtocols=A", "transport.disabledProtocols=A"),
                        USER,
                        PASSWORD)))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("no protocol of TLS left");
    }

    @Test
    void anSslContextOfTheApplicationComesBeforeTheOptions() throws Exception {
        var factory = factory(bare(Door.MUTUAL_TLS, GuardedBroker.HOST) + "transport.trustStoreLocation=/nowhere");
        factory.setSslContext(context());
        assertThat(exchange(factory)).isEqualTo("hello");
    }

    private static SSLContext context() throws Exception {
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(BROKER.known().pkcs12()), TestAuthority.PASSWORD.toCharArray());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store(BROKER.trustStore()));
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore store(Path file) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, TestAuthority.PASSWORD.toCharArray());
        }
        return store;
    }

    @ParameterizedTest
    @ValueSource(strings = {"OAUTHBEARER", "XOAUTH2"})
    void aTokenIsAskedForAtEachConnection(String mechanism) throws Exception {
        var asked = new AtomicInteger();
        var factory = factory(uri(Door.TLS, by(mechanism)));
        factory.setUsername("dora");
        factory.setTokenSupplier(() -> {
            asked.incrementAndGet();
            return BROKER.token("dora", 300);
        });
        assertThat(exchange(factory)).isEqualTo("hello");
        assertThat(exchange(factory)).isEqualTo("hello");
        assertThat(asked).hasValue(2);
        factory.setTokenSupplier(() -> BROKER.token("dora", -300));
        assertThatThrownBy(() -> exchange(factory))
                .isInstanceOf(JMSSecurityException.class)
                // The broker says why where the mechanism has a word for that.
                .hasMessageContaining(mechanism.equals("OAUTHBEARER") ? "invalid_token" : "XOAUTH2");
        factory.setTokenSupplier(() -> {
            throw new IllegalStateException("the issuer is out");
        });
        assertThatThrownBy(() -> exchange(factory))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("the issuer is out");
    }

    @Test
    void aTokenGoesOverTlsAloneUnlessThatIsAllowed() throws Exception {
        var factory = factory(uri(Door.TCP));
        factory.setTokenSupplier(() -> BROKER.token("dora", 300));
        assertThatThrownBy(() -> exchange(factory))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("tokens are not sent without TLS");
        factory.setOption("amqp.allowNonSecureTokens", "true");
        assertThat(exchange(factory)).isEqualTo("hello");
    }

    @Test
    void aTokenSupplierThatHangsIsInterruptedWhenTheConnectHasTakenTooLong() throws Exception {
        var interrupted = new CountDownLatch(1);
        var factory = factory(uri(Door.TLS));
        factory.setConnectTimeout(1_000);
        factory.setTokenSupplier(() -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException given) {
                interrupted.countDown();
            }
            return "too late";
        });
        assertThatThrownBy(() -> exchange(factory)).isInstanceOf(JMSException.class);
        assertThat(interrupted.await(SOON_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
    }

    @Test
    void whoHasCredentialsIsNotLetInAsNobodyUnlessThatIsAskedFor() throws Exception {
        assertThatThrownBy(() -> exchange(factory(uri(Door.FOR_ANYBODY), USER, PASSWORD)))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("[ANONYMOUS]");
        assertThat(exchange(factory(uri(Door.FOR_ANYBODY, by("ANONYMOUS")), USER, PASSWORD)))
                .isEqualTo("hello");
    }

    @Test
    void anotherBrokerIsTriedWhenOneCannotBeTrusted() throws Exception {
        var wrong = bare(Door.TLS, GuardedBroker.HOST) + "transport.trustStoreLocation=" + BROKER.otherAuthorityPem();
        var right = bare(Door.TLS, GuardedBroker.HOST) + "transport.trustStoreLocation=" + BROKER.authorityPem();
        assertThat(exchange(factory("failover:(" + wrong + "," + right + ")", USER, PASSWORD)))
                .isEqualTo("hello");
        assertThatThrownBy(() -> exchange(factory("failover:(" + wrong + "," + wrong + ")", USER, PASSWORD)))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("PKIX");
    }

    @Test
    void theUserOfABrokerIsForThatBrokerAlone() throws Exception {
        var encoded = URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8).replace("+", "%20");
        var tcp = "amqp://bob:wrong@127.0.0.1:" + BROKER.port(Door.TCP);
        var webSocket = "amqpws://" + USER + ":" + encoded + "@127.0.0.1:" + BROKER.port(Door.WEB_SOCKET);
        assertThat(exchange(factory("failover:(" + tcp + "," + webSocket + ")")))
                .isEqualTo("hello");
        assertThatThrownBy(() -> exchange(factory("failover:(" + tcp + "," + tcp + ")")))
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("bob");
        // Who is named with the connection is meant for all.
        try (var connection = factory("failover:(" + tcp + ")").createConnection(USER, PASSWORD)) {
            connection.start();
        }
    }

    @Test
    void aPasswordIsATokenForWhoNamesTheMechanism() throws Exception {
        assertThat(exchange(factory(uri(Door.TLS, by("XOAUTH2")), "dora", BROKER.token("dora", 300))))
                .isEqualTo("hello");
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "WEB_SOCKET", "SECURE_WEB_SOCKET"})
    void carriesALargeMessage(Door door) throws Exception {
        var text = "x".repeat(WHOLE_MESSAGE_BYTES);
        assertThat(exchange(factory(uri(door), USER, PASSWORD), text)).isEqualTo(text);
        if (door.isWebSocket()) {
            var small = uri(door, "transport.ws.maxFrameSize=1000");
            assertThat(exchange(factory(small, USER, PASSWORD), text)).isEqualTo(text);
        }
    }

    @Test
    void theWayOfAWebSocketIsThatOfTheUriOrOfAnOption() throws Exception {
        var uri = uri(Door.WEB_SOCKET);
        assertThat(exchange(factory(uri.replace("?", "/amqp?"), USER, PASSWORD)))
                .isEqualTo("hello");
        assertThat(exchange(factory(
                        uri + "transport.ws.path=/amqp&transport.ws.httpHeader.X-Anything=yes", USER, PASSWORD)))
                .isEqualTo("hello");
        assertThatThrownBy(() -> exchange(factory(uri.replace("?", "/elsewhere?"), USER, PASSWORD)))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("/elsewhere: HTTP status 404");
    }

    @Test
    void aListenerOfAnotherKindIsNamedInTheError() throws Exception {
        var port = BROKER.port(Door.TCP);
        assertThatThrownBy(() -> exchange(factory("amqpws://127.0.0.1:" + port, USER, PASSWORD)))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("WebSocket");
        assertThatThrownBy(() -> exchange(factory("amqps://127.0.0.1:" + port, USER, PASSWORD)))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() ->
                        exchange(factory("amqp://127.0.0.1:" + BROKER.port(Door.TLS) + "?jms.connectTimeout=3000")))
                .isInstanceOf(JMSException.class);
    }

    @Test
    void optionsOfTheSocketDoNotKeepItFromConnecting() throws Exception {
        assertThat(exchange(factory(
                        uri(
                                Door.TCP,
                                "transport.tcpKeepAlive=true&transport.soLinger=1&transport.sendBufferSize=65536",
                                "transport.receiveBufferSize=65536&transport.trafficClass=8&transport.tcpNoDelay=false",
                                "transport.localAddress=127.0.0.1&transport.connectTimeout=1000"),
                        USER,
                        PASSWORD)))
                .isEqualTo("hello");
    }
}
