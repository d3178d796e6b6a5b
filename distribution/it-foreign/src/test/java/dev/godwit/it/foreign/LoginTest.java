package dev.godwit.it.foreign;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients in other languages over TLS and WebSocket. Debian's Proton is built without SCRAM, and rhea has none. */
@Timeout(120)
final class LoginTest {
    private static final int TLS = 1;
    private static final int WEB_SOCKET = 2;

    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static Broker broker;

    @BeforeAll
    static void start() throws Exception {
        authority = new TestAuthority(directory.resolve("keys"), "trusted");
        var server = authority.sign("server", "CN=broker", "RSA", "localhost");
        var defaults = BrokerConfiguration.defaults(directory.resolve("data")).withPort(0);
        var listen = defaults.listen()
                .withTls(
                        new TlsFiles(List.of(new TlsFiles.KeyFile(server.chainPem(), server.keyPem(), null)), null),
                        60_000)
                .withFurther(
                        List.of(Listener.of(Scheme.AMQPS, "127.0.0.1", 0), Listener.of(Scheme.WS, "127.0.0.1", 0)));
        broker = Broker.start(defaults.withListen(listen)
                .withJournal(new BrokerConfiguration.Journal(16 << 20))
                .withUsers(Map.of("somebody", PasswordHash.hash("right"))));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String port(int listener) {
        return Integer.toString(URI.create(broker.uris().get(listener)).getPort());
    }

    @Test
    void letsPythonInOverTls() throws Exception {
        ForeignClient.PYTHON.requireInstalled();

        var trust = authority.authorityPem().toString();
        assertThat(ForeignClient.PYTHON.run("scenarios", "tls", "localhost", port(TLS), trust))
                .contains("passed");
    }

    @Test
    void isNotBelievedByPythonWithACertificateOfAStranger() throws Exception {
        ForeignClient.PYTHON.requireInstalled();

        var trust = new TestAuthority(directory.resolve("keys"), "unknown")
                .authorityPem()
                .toString();
        assertThat(ForeignClient.PYTHON.run("scenarios", "tls_of_a_stranger", "localhost", port(TLS), trust))
                .contains("passed");
    }

    @Test
    void letsNodeInOverWebSocket() throws Exception {
        ForeignClient.NODE.requireInstalled();

        assertThat(ForeignClient.NODE.run("scenarios", "websocket", "127.0.0.1", port(WEB_SOCKET)))
                .contains("passed");
    }
}
