package dev.godwit.broker;

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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node with several listeners that passes clients on to a broker with the same. */
@Timeout(60)
class ClientDoorsTest {
    private static final int SOON_SECONDS = 20;
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
            var webSocket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("amqp")
                    .buildAsync(URI.create(doors.uris().get(1) + "/amqp"), new WebSocket.Listener() {})
                    .get(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(webSocket.getSubprotocol()).isEqualTo("amqp");
            webSocket.abort();
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
