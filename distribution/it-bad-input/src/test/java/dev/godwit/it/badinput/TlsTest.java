package dev.godwit.it.badinput;

import static dev.godwit.it.badinput.SaslBytes.SASL_HEADER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.ConnectionLimits;
import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerStartException;
import dev.godwit.broker.ListenLimits;
import dev.godwit.broker.Listener;
import dev.godwit.broker.Scheme;
import dev.godwit.conformance.Spec;
import dev.godwit.it.TestAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS that is too old, too weak, too slow or of somebody else; and keys that change while the broker runs. */
@Timeout(120)
final class TlsTest {
    private static final int SOON_MILLIS = 20_000;
    private static final int HANDSHAKE_MILLIS = 2_000;
    private static final int RELOAD_MILLIS = 50;
    private static final byte[] CLOSE = {0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x18, 0x45};
    private static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};
    private static final byte[] TLS_HEADER = {'A', 'M', 'Q', 'P', 2, 1, 0, 0};
    private static final int ALERT = 0x15;
    private static final int HANDSHAKE = 0x16;
    private static final int TLS_1_1 = 0x0302;
    private static final int TLS_1_2 = 0x0303;
    private static final int ECDHE_RSA_AES_128_GCM = 0xc02f;
    private static final int ECDHE_RSA_AES_128_CBC = 0xc013;
    private static final int RSA_AES_128_GCM = 0x009c;
    private static final int RSA_3DES = 0x000a;

    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static TestAuthority.Signed first;
    private static Path chain;
    private static Path key;
    private static TrustManagerFactory trust;
    private static Broker broker;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        authority = new TestAuthority(directory, "trusted");
        first = authority.sign("first", "CN=first", "RSA", "localhost");
        var second = authority.sign("second", "CN=second", "EC", "*.two.example");
        chain = directory.resolve("current.crt");
        key = directory.resolve("current.key");
        use(first);
        var files = new TlsFiles(
                List.of(
                        new TlsFiles.KeyFile(chain, key, null),
                        new TlsFiles.KeyFile(second.pkcs12(), null, TestAuthority.PASSWORD)),
                null);
        broker = Broker.start(configuration(files));
        port = URI.create(broker.uris().get(1)).getPort();
        trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(authority.trustStore().toFile(), TestAuthority.PASSWORD.toCharArray()));
    }

    /** A socket of a client that has never been here: Java resumes sessions whatever name is asked for. */
    private static SSLSocket socket() throws IOException {
        try {
            var client = SSLContext.getInstance("TLS");
            client.init(null, trust.getTrustManagers(), null);
            var socket = (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(SOON_MILLIS);
            return socket;
        } catch (GeneralSecurityException impossible) {
            throw new IOException(impossible);
        }
    }

    private static BrokerConfiguration configuration(TlsFiles files) throws IOException {
        var defaults = BrokerConfiguration.defaults(Files.createTempDirectory(directory, "data"))
                .withPort(0);
        var connections = new ConnectionLimits(10_000, 5_000, 100);
        var listen = defaults.listen()
                .withLimits(new ListenLimits(128 << 10, 1 << 20, 60_000, HANDSHAKE_MILLIS, connections))
                .withTls(files, RELOAD_MILLIS)
                .withFurther(List.of(Listener.of(Scheme.AMQPS, "127.0.0.1", 0)));
        return defaults.withListen(listen).withJournal(new BrokerConfiguration.Journal(1 << 20));
    }

    private static void use(TestAuthority.Signed signed) throws IOException {
        Files.copy(signed.keyPem(), key, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(signed.chainPem(), chain, StandardCopyOption.REPLACE_EXISTING);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static SSLSocket connect(String... names) throws IOException {
        var socket = socket();
        var parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(names).stream()
                .map(SNIHostName::new)
                .map(name -> (javax.net.ssl.SNIServerName) name)
                .toList());
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** The name in the certificate that a client sees which asks for these names. */
    private static String seen(String... names) throws IOException {
        try (var socket = connect(names)) {
            var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return certificate.getSubjectX500Principal().getName();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @Spec("5.2.1/tls-port")
    void speaksWhatIsNewEnough(String protocol) throws IOException {
        try (var socket = socket()) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.getOutputStream().write(SASL_HEADER);
            assertThat(socket.getInputStream().readNBytes(8)).isEqualTo(SASL_HEADER);
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
        }
    }

    /** TLS in place, on a port where a client may do without (AMQP 1.0 §5.2). */
    @Test
    @Spec({"5.2/upgrade", "5.1/order"})
    void beginsTlsWhereAClientAsksForIt() throws Exception {
        try (var plain = new Socket(InetAddress.getLoopbackAddress(), plainPort())) {
            plain.setSoTimeout(SOON_MILLIS);
            plain.getOutputStream().write(TLS_HEADER);
            assertThat(plain.getInputStream().readNBytes(8)).isEqualTo(TLS_HEADER);
            var client = SSLContext.getInstance("TLS");
            client.init(null, trust.getTrustManagers(), null);
            try (var socket =
                    (SSLSocket) client.getSocketFactory().createSocket(plain, "localhost", plainPort(), true)) {
                socket.startHandshake();
                socket.getOutputStream().write(SASL_HEADER);
                assertThat(socket.getInputStream().readNBytes(8)).isEqualTo(SASL_HEADER);
            }
        }
    }

    @Test
    @Spec({"5.2/tls-header", "5.1/order"})
    void beginsTlsOnceAndNotWithinTls() throws IOException {
        try (var socket = socket()) {
            socket.getOutputStream().write(TLS_HEADER);
            // What this broker, which has no users, speaks without a further layer.
            assertThat(socket.getInputStream().readNBytes(8)).isEqualTo(AMQP_HEADER);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    /** The hello comes in one packet with the header. */
    @Test
    @Spec("5.2/upgrade")
    void takesAHelloThatCameWithTheHeader() throws IOException {
        try (var plain = new Socket(InetAddress.getLoopbackAddress(), plainPort())) {
            plain.setSoTimeout(SOON_MILLIS);
            byte[] hello = hello(TLS_1_2, ECDHE_RSA_AES_128_GCM);
            plain.getOutputStream()
                    .write(ByteBuffer.allocate(8 + hello.length)
                            .put(TLS_HEADER)
                            .put(hello)
                            .array());
            assertThat(plain.getInputStream().readNBytes(8)).isEqualTo(TLS_HEADER);
            assertThat(plain.getInputStream().read()).isEqualTo(HANDSHAKE);
        }
    }

    private static int plainPort() {
        return URI.create(broker.uris().get(0)).getPort();
    }

    @ParameterizedTest
    @ValueSource(strings = {"amqp", "http/1.1"})
    @Spec("5.2.1")
    void namesItsProtocolToAClientThatAsks(String protocol) throws IOException {
        try (var socket = socket()) {
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {protocol});
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write(SASL_HEADER);
            assertThat(socket.getInputStream().readNBytes(8)).isEqualTo(SASL_HEADER);
            assertThat(socket.getApplicationProtocol()).isEqualTo(protocol.equals("amqp") ? "amqp" : "");
        }
    }

    /** The hello of a client that knows one version and one cipher. */
    private static byte[] hello(int version, int cipher) {
        byte[] extensions = {
            0,
            10,
            0,
            4,
            0,
            2,
            0,
            0x17, // secp256r1
            0,
            13,
            0,
            6,
            0,
            4,
            4,
            1,
            8,
            4 // RSA with SHA-256
        };
        int bodyBytes = 2 + 32 + 1 + 4 + 2 + 2 + extensions.length;
        return ByteBuffer.allocate(5 + 4 + bodyBytes)
                .put((byte) HANDSHAKE)
                .putShort((short) 0x0301)
                .putShort((short) (4 + bodyBytes))
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) bodyBytes)
                .putShort((short) version)
                .put(new byte[32])
                .put((byte) 0)
                .putShort((short) 2)
                .putShort((short) cipher)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) extensions.length)
                .put(extensions)
                .array();
    }

    private static int firstAnswerTo(byte[] bytes) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(SOON_MILLIS);
            socket.getOutputStream().write(bytes);
            return socket.getInputStream().read();
        }
    }

    @Test
    void refusesOldVersionsAndWeakCiphers() throws IOException {
        assertThat(firstAnswerTo(hello(TLS_1_2, ECDHE_RSA_AES_128_GCM)))
                .as("the hello is right otherwise")
                .isEqualTo(HANDSHAKE);
        assertThat(firstAnswerTo(hello(TLS_1_1, ECDHE_RSA_AES_128_CBC))).isEqualTo(ALERT);
        for (int weak : new int[] {ECDHE_RSA_AES_128_CBC, RSA_AES_128_GCM, RSA_3DES}) {
            assertThat(firstAnswerTo(hello(TLS_1_2, weak))).isEqualTo(ALERT);
        }
    }

    @Test
    void endsAHandshakeThatStalls() throws IOException {
        byte[] hello = hello(TLS_1_2, ECDHE_RSA_AES_128_GCM);
        try (var silent = new Socket(InetAddress.getLoopbackAddress(), port);
                var half = new Socket(InetAddress.getLoopbackAddress(), port)) {
            half.getOutputStream().write(hello, 0, hello.length / 2);
            for (var socket : List.of(silent, half)) {
                socket.setSoTimeout(SOON_MILLIS);
                assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(64);
            }
        }
    }

    @Test
    void answersWhatIsNoTlsWithAnAlertOrTheEnd() throws IOException {
        assertThat(firstAnswerTo(SASL_HEADER)).isIn(ALERT, -1);
        assertThat(firstAnswerTo("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isIn(ALERT, -1);
    }

    @Test
    void showsTheCertificateForTheNameThatTheClientAsksFor() throws IOException {
        assertThat(seen("a.two.example")).isEqualTo("CN=second");
        assertThat(seen("localhost")).isNotEqualTo("CN=second");
        assertThat(seen()).isNotEmpty();
        assertThat(seen("another.example")).isNotEmpty();
    }

    @Test
    void takesNewFilesAndKeepsTheOldOnesInsteadOfBadOnes() throws IOException {
        var renewed = authority.sign("renewed", "CN=renewed", "RSA", "localhost");
        try (var old = connect("localhost")) {
            old.getOutputStream().write(SaslBytes.join(SaslBytes.AMQP_HEADER, SaslBytes.OPEN));
            assertThat(old.getInputStream().readNBytes(8)).isEqualTo(SaslBytes.AMQP_HEADER);
            int openBytes = ByteBuffer.wrap(old.getInputStream().readNBytes(4)).getInt();
            assertThat(old.getInputStream().readNBytes(openBytes - 4)).hasSize(openBytes - 4);
            use(renewed);
            await().atMost(Duration.ofMillis(SOON_MILLIS)).ignoreExceptions().until(() -> seen("localhost")
                    .equals("CN=renewed"));

            Files.writeString(chain, "no certificate");
            await().during(Duration.ofMillis(10 * RELOAD_MILLIS))
                    .atMost(Duration.ofMillis(SOON_MILLIS))
                    .until(() -> seen("localhost").equals("CN=renewed"));
            Files.copy(first.chainPem(), chain, StandardCopyOption.REPLACE_EXISTING);
            await().during(Duration.ofMillis(10 * RELOAD_MILLIS))
                    .atMost(Duration.ofMillis(SOON_MILLIS))
                    .until(() -> seen("localhost").equals("CN=renewed"));

            use(first);
            await().atMost(Duration.ofMillis(SOON_MILLIS))
                    .until(() -> seen("localhost").equals("CN=first"));
            assertThat(old.isClosed()).isFalse();
            old.getOutputStream().write(CLOSE);
            assertThat(old.getInputStream().readAllBytes()).as("our close").isNotEmpty();
        }
    }

    @Test
    void doesNotStartWithFilesThatDoNotFit() throws IOException {
        var other = authority.sign("other", "CN=other", "RSA", "localhost");
        var mixed = configuration(
                new TlsFiles(List.of(new TlsFiles.KeyFile(first.chainPem(), other.keyPem(), null)), null));
        assertThatThrownBy(() -> Broker.start(mixed))
                .isInstanceOf(BrokerStartException.class)
                .hasMessageContaining("not that of the first certificate");
        var wrongPassword =
                configuration(new TlsFiles(List.of(new TlsFiles.KeyFile(first.pkcs12(), null, "wrong")), null));
        assertThatThrownBy(() -> Broker.start(wrongPassword))
                .isInstanceOf(BrokerStartException.class)
                .hasMessageContaining("password");
        var missing = configuration(
                new TlsFiles(List.of(new TlsFiles.KeyFile(directory.resolve("nowhere"), key, null)), null));
        assertThatThrownBy(() -> Broker.start(missing))
                .isInstanceOf(BrokerStartException.class)
                .hasMessageContaining("nowhere");
    }
}
