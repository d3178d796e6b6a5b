package dev.godwit.broker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.cluster.relay.RelaySettings;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node with several listeners that passes clients on to a broker with the same. */
@Timeout(60)
class ClientDoorsTest {
    private static final int SOON_MILLIS = 20_000;
    private static final RelaySettings SETTINGS = RelaySettings.of(5_000, null);
    private static final List<String> ANYBODY = List.of("ANONYMOUS");

    @TempDir
    Path directory;

    private final VertxLoops loops = new VertxLoops(2);

    @AfterEach
    void stop() {
        loops.close();
    }

    private BrokerConfiguration configuration(List<IpNetwork> proxies) {
        var defaults = BrokerConfiguration.defaults(directory);
        var listeners = Stream.of(Scheme.AMQP, Scheme.WS)
                .map(scheme -> new Listener(scheme, "127.0.0.1", 0, ANYBODY, ClientCertificates.NONE, proxies))
                .toList();
        return defaults.withListen(defaults.listen().withListeners(listeners));
    }

    @Test
    void bringsClientsToTheSameListener() throws Exception {
        var here = List.of(IpNetwork.parse("127.0.0.1"));
        try (var broker = Broker.start(configuration(here), failure -> {});
                var doors = ClientDoors.open(configuration(List.of()).listen(), loops, SETTINGS)) {
            doors.onActive(new ActiveNode(
                    "n1",
                    broker.uris().stream()
                            .map(uri -> new NodeAddress("127.0.0.1", port(uri)))
                            .toList()));
            assertThat(doors.uris().get(0)).startsWith("amqp://127.0.0.1:");
            try (var peer = new RawPeer(port(doors.uris().get(0)))) {
                peer.open().begin().attachSender("link", 0);
            }
            try (var socket = new Socket(
                    InetAddress.getLoopbackAddress(), port(doors.uris().get(1)))) {
                socket.setSoTimeout(SOON_MILLIS);
                var request = String.join(
                        "\r\n",
                        "GET /amqp HTTP/1.1",
                        "Host: localhost",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                        "Sec-WebSocket-Protocol: amqp",
                        "\r\n");
                socket.getOutputStream().write(request.getBytes(US_ASCII));
                assertThat(socket.getInputStream().readNBytes(12))
                        .asString(US_ASCII)
                        .isEqualTo("HTTP/1.1 101");
            }
        }
    }

    @Test
    void saysWhichPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> ClientDoors.open(
                                    configuration(List.of())
                                            .withPort(taken.getLocalPort())
                                            .listen(),
                                    loops,
                                    SETTINGS)
                            .close())
                    .asInstanceOf(InstanceOfAssertFactories.type(BrokerStartException.class))
                    .extracting(BrokerStartException::kind)
                    .isEqualTo(Kind.PORT_IN_USE);
        }
    }

    private static int port(String uri) {
        return URI.create(uri).getPort();
    }
}
