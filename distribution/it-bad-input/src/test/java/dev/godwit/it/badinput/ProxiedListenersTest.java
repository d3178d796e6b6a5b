package dev.godwit.it.badinput;

import static dev.godwit.it.badinput.SaslBytes.SASL_HEADER;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.Listener;
import dev.godwit.broker.Scheme;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.TestAuthority;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Listeners of all kinds behind a load balancer, which puts its header before TLS and WebSocket; and bad headers there. */
@Timeout(120)
final class ProxiedListenersTest {
    private static final int SOON_MILLIS = 20_000;
    /** 203.0.113.7:4660 has connected to 198.51.100.2:5672; HAProxy's proxy-protocol.txt §2.2. */
    private static final byte[] HEADER =
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000ccb007107c633640212341628");

    /** In the order of their listeners. */
    private static final List<Scheme> SCHEMES = List.of(Scheme.AMQP, Scheme.AMQPS, Scheme.WS, Scheme.WSS);

    @TempDir
    private static Path directory;

    private static TrustManagerFactory trust;
    private static Broker broker;

    @BeforeAll
    static void start() throws Exception {
        var authority = new TestAuthority(directory, "trusted");
        var server = authority.sign("server", "CN=broker", "EC", "localhost");
        trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(authority.trustStore().toFile(), TestAuthority.PASSWORD.toCharArray()));
        var proxies = List.of(IpNetwork.parse("127.0.0.1"));
        var defaults = BrokerConfiguration.defaults(directory.resolve("data"));
        broker = Broker.start(defaults.withListen(defaults.listen()
                        .withTls(
                                new TlsFiles(
                                        List.of(new TlsFiles.KeyFile(server.chainPem(), server.keyPem(), null)), null),
                                60_000)
                        .withListeners(SCHEMES.stream()
                                .map(scheme ->
                                        Listener.of(scheme, "127.0.0.1", 0).withProxies(proxies))
                                .toList()))
                .withUsers(Map.of("anna", PasswordHash.hash("secret")))
                .withJournal(new BrokerConfiguration.Journal(1 << 20)));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Socket connect(Scheme scheme) throws IOException {
        var socket = new Socket(
                InetAddress.getLoopbackAddress(),
                URI.create(broker.uris().get(SCHEMES.indexOf(scheme))).getPort());
        socket.setSoTimeout(SOON_MILLIS);
        return socket;
    }

    private static Socket withTls(Socket socket) throws IOException {
        try {
            var client = SSLContext.getInstance("TLS");
            client.init(null, trust.getTrustManagers(), null);
            return client.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        } catch (GeneralSecurityException impossible) {
            throw new IOException(impossible);
        }
    }

    /** The listener speaks AMQP or HTTP, as it should. */
    private static void converse(Scheme scheme, Socket socket) throws IOException {
        var inside = scheme.isEncrypted() ? withTls(socket) : socket;
        if (scheme.isWebSocket()) {
            UpgradeRequest.send(inside);
            assertThat(inside.getInputStream().readNBytes(12))
                    .asString(US_ASCII)
                    .isEqualTo("HTTP/1.1 101");
        } else {
            inside.getOutputStream().write(SASL_HEADER);
            assertThat(inside.getInputStream().readNBytes(SASL_HEADER.length)).isEqualTo(SASL_HEADER);
        }
    }

    @ParameterizedTest
    @EnumSource(Scheme.class)
    void takesTheHeaderBeforeEverythingElse(Scheme scheme) throws IOException {
        try (var socket = connect(scheme)) {
            socket.getOutputStream().write(HEADER);
            converse(scheme, socket);
        }
    }

    /** Whether to offer what sends passwords as they are hangs on where the client is, not on where its proxy is. */
    @Test
    void offersAClientFromElsewhereNoPlain() throws IOException {
        try (var socket = connect(Scheme.AMQP)) {
            socket.getOutputStream().write(SaslBytes.join(HEADER, SASL_HEADER));
            var in = new DataInputStream(socket.getInputStream());
            assertThat(in.readNBytes(SASL_HEADER.length)).isEqualTo(SASL_HEADER);

            assertThat(in.readNBytes(in.readInt() - Integer.BYTES))
                    .asString(US_ASCII)
                    .contains("SCRAM-SHA-256")
                    .doesNotContain("PLAIN");
        }
    }

    @ParameterizedTest
    @EnumSource(Scheme.class)
    void closesAConnectionWithoutAHeader(Scheme scheme) throws IOException {
        try (var socket = connect(scheme)) {
            socket.getOutputStream().write(SASL_HEADER);
            assertThat(rest(socket)).isEmpty();
        }
    }

    @Test
    void survivesBadHeaders() throws IOException {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            byte[] bad = HEADER.clone();
            // What comes before the version is compared byte by byte; the rest means something.
            bad[round % HEADER.length] ^= (byte) (1 + random.nextInt(255));
            try (var socket = connect(SCHEMES.get(random.nextInt(SCHEMES.size())))) {
                socket.getOutputStream().write(bad, 0, 1 + random.nextInt(bad.length));
                if (random.nextBoolean()) {
                    socket.shutdownOutput();
                    rest(socket);
                }
            }
        }
        for (var scheme : SCHEMES) {
            try (var socket = connect(scheme)) {
                socket.getOutputStream().write(HEADER);
                converse(scheme, socket);
            } catch (IOException | AssertionError failed) {
                throw new AssertionError("-Dgodwit.seed=" + seed, failed);
            }
        }
    }

    /** Up to the end; a reset is one, too. */
    private static byte[] rest(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            return new byte[0];
        }
    }
}
