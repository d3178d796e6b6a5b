package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.transport.ConnectionCaps;
import dev.godwit.amqp.transport.ConnectionLimits;
import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.amqp.transport.ListenerOptions;
import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.amqp.transport.Reception;
import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.cluster.relay.Relay;
import dev.godwit.broker.cluster.relay.RelaySettings;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients' connections passed on to the active node: a broker, and sockets that say and hear single bytes. */
@Timeout(120)
class RelayTest {
    private static final int SOON_MILLIS = 20_000;
    private static final int MIB = 1 << 20;
    private static final long FLOOD_BYTES = 64L << 20;
    private static final int HEADER_BYTES = 28;
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final RelaySettings PATIENT = RelaySettings.of(30_000, "127.0.0.1");

    @TempDir
    Path directory;

    private final VertxLoops loops = new VertxLoops(3);
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final ServerSocket node = serverSocket();

    @SuppressWarnings("NullAway.Init") // each test has its own
    private Relay relay;

    @SuppressWarnings("NullAway.Init") // as its relay
    private ConnectionCaps caps;

    private int port;

    @BeforeEach
    void start() {
        start(PATIENT, ListenerOptions.of("127.0.0.1", 0));
    }

    private void start(RelaySettings settings, ListenerOptions options) {
        relay = new Relay(loops, settings);
        caps = new ConnectionCaps(options);
        port = relay.listen(options, caps).await();
    }

    private void restart(RelaySettings settings, ListenerOptions options) {
        relay.close();
        start(settings, options);
    }

    @AfterEach
    void stop() throws Exception {
        for (var each : toClose) {
            each.close();
        }
        await(() -> relay.connections().join() == 0 && caps.total() == 0 && caps.unauthenticated() == 0);
        relay.close();
        node.close();
        loops.close();
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofMillis(SOON_MILLIS))
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    private static ServerSocket serverSocket() {
        try {
            var socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            socket.setSoTimeout(SOON_MILLIS);
            return socket;
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static ActiveNode at(int nodePort) {
        return new ActiveNode("n1", List.of(new NodeAddress("127.0.0.1", nodePort)));
    }

    private RawBroker broker() throws BrokerStartException {
        var broker = new RawBroker(
                directory,
                listen -> listen.withFirst(new Listener(
                        Scheme.AMQP,
                        "127.0.0.1",
                        0,
                        List.of("ANONYMOUS"),
                        ClientCertificates.NONE,
                        List.of(IpNetwork.parse("127.0.0.1")))));
        toClose.add(broker);
        return broker;
    }

    private Socket client() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        toClose.add(socket);
        socket.setSoTimeout(SOON_MILLIS);
        return socket;
    }

    private RawPeer peer() {
        var peer = new RawPeer(port);
        toClose.add(0, peer);
        return peer;
    }

    /** What the active node sees of the next connection, behind the header. */
    private Socket accept() throws IOException {
        var socket = acceptWithHeader();
        socket.getInputStream().readNBytes(HEADER_BYTES);
        return socket;
    }

    private Socket acceptWithHeader() throws IOException {
        var socket = node.accept();
        toClose.add(socket);
        socket.setSoTimeout(SOON_MILLIS);
        return socket;
    }

    @Test
    void letsClientsSendAndReceiveAsIfTheyWereThere() throws Exception {
        relay.onActive(at(broker().port()));
        int bytes = 10 * MIB;
        try (var sender = new LargeMessageClient(port);
                var receiver = new LargeMessageClient(port)) {
            var sending = sender.send(sender.attachSender("queue"), 1, bytes);
            await(() -> sending.outcome == Outcome.Accepted.INSTANCE);

            receiver.attachReceiver("queue", 1);
            await(() -> !receiver.received.isEmpty() && receiver.received.get(0).ending != null);
            assertThat(receiver.received.get(0).correct).isTrue();
            assertThat(receiver.received.get(0).bodyBytes).isEqualTo(bytes);
            assertThat(relay.connections().join()).isEqualTo(2);
        }
    }

    @Test
    void saysWhoTheClientIs() throws IOException {
        relay.onActive(at(node.getLocalPort()));
        var client = client();
        var header = acceptWithHeader().getInputStream().readNBytes(HEADER_BYTES);

        assertThat(HexFormat.of().formatHex(header))
                .isEqualTo(SIGNATURE + "2111000c7f0000017f000001" + hex(client.getLocalPort()) + hex(port));
    }

    private static String hex(int aPort) {
        return HexFormat.of().toHexDigits((short) aPort);
    }

    @Test
    void passesOnWhatALoadBalancerSaysOfClients() throws IOException {
        restart(PATIENT, ListenerOptions.of("127.0.0.1", 0).withProxies(IpNetwork.parse("127.0.0.1")::contains));
        relay.onActive(at(node.getLocalPort()));
        client().getOutputStream()
                .write(HexFormat.of().parseHex(SIGNATURE + "2111000c" + "cb007107c633640212341628" + "2a"));

        var header = acceptWithHeader().getInputStream().readNBytes(HEADER_BYTES + 1);
        assertThat(HexFormat.of().formatHex(header))
                .isEqualTo(SIGNATURE + "2111000ccb0071077f0000011234" + hex(port) + "2a");

        client().getOutputStream().write(HexFormat.of().parseHex(SIGNATURE + "20000000" + "2a"));
        assertThat(HexFormat.of().formatHex(acceptWithHeader().getInputStream().readNBytes(17)))
                .isEqualTo(SIGNATURE + "200000002a");
    }

    @Test
    void keepsClientsUntilANodeIsActive() throws Exception {
        var client = client();
        client.getOutputStream().write(1);
        await(() -> relay.connections().join() == 1);
        assertThat(caps.unauthenticated()).isOne();

        relay.onActive(at(node.getLocalPort()));
        var there = accept();
        assertThat(there.getInputStream().read()).isOne();
        there.getOutputStream().write(2);
        assertThat(client.getInputStream().read()).isEqualTo(2);
        assertThat(caps.unauthenticated()).isZero();
    }

    @Test
    void keepsClientsNoLongerThanTold() throws IOException {
        restart(RelaySettings.of(300, null), ListenerOptions.of("127.0.0.1", 0));

        assertThat(client().getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void triesAgainWhenTheActiveNodeIsNotReached() throws IOException {
        int free;
        try (var unused = serverSocket()) {
            free = unused.getLocalPort();
        }
        relay.onActive(at(free));
        var client = client();
        client.getOutputStream().write(1);
        await(() -> relay.connections().join() == 1);
        try (var late = new ServerSocket(free, 50, InetAddress.getLoopbackAddress())) {
            late.setSoTimeout(SOON_MILLIS);
            try (var there = late.accept()) {
                assertThat(there.getInputStream().readNBytes(HEADER_BYTES + 1)).endsWith(1);
            }
        }
    }

    @Test
    void endsConnectionsWhenAnotherNodeBecomesActive() throws Exception {
        relay.onActive(at(node.getLocalPort()));
        var client = client();
        var there = accept();

        relay.onActive(at(node.getLocalPort()));
        client.getOutputStream().write(1);
        assertThat(there.getInputStream().read())
                .as("the same node is still active")
                .isOne();

        relay.onActive(new ActiveNode("n2", List.of(new NodeAddress("127.0.0.1", node.getLocalPort()))));
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(there.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void keepsConnectionsWhileItIsNotKnownWhoIsActive() throws Exception {
        relay.onActive(at(node.getLocalPort()));
        var client = client();
        var there = accept();

        relay.onActive(null);
        relay.onActive(at(node.getLocalPort()));
        client.getOutputStream().write(7);
        assertThat(there.getInputStream().read()).isEqualTo(7);
    }

    /** Takes connections in, and answers each byte with the next one. */
    private static final class Counting implements Reception.Host {
        @Override
        public void onGuest(Reception.Guest guest) {
            var socket = guest.socket();
            socket.handler(bytes -> socket.write(Buffer.buffer(new byte[] {(byte) (bytes.getByte(0) + 1)})));
            socket.closeHandler(closed -> guest.leave());
            guest.onKnown();
        }
    }

    @Test
    void keepsThoseHereWhoWaitedUntilThisNodeWasActive() throws Exception {
        var waiting = client();
        waiting.getOutputStream().write(1);
        await(() -> relay.connections().join() == 1);
        var silent = client();
        await(() -> relay.connections().join() == 2);

        relay.serve(loop -> List.of(new Counting()));
        assertThat(waiting.getInputStream().read()).isEqualTo(2);
        silent.getOutputStream().write(3);
        assertThat(silent.getInputStream().read()).isEqualTo(4);
        var later = client();
        later.getOutputStream().write(5);
        assertThat(later.getInputStream().read()).isEqualTo(6);
        assertThat(relay.connections().join()).as("passed on").isZero();
        assertThat(caps.total()).isEqualTo(3);

        relay.passOn();
        relay.onActive(at(node.getLocalPort()));
        client().getOutputStream().write(8);
        assertThat(accept().getInputStream().read()).isEqualTo(8);
        silent.getOutputStream().write(9);
        assertThat(silent.getInputStream().read())
                .as("whoever stayed is not passed on")
                .isEqualTo(10);
    }

    @Test
    void endsThoseWhoArePassedOnWhenThisNodeBecomesActive() throws Exception {
        relay.onActive(at(node.getLocalPort()));
        var client = client();
        var there = accept();
        relay.serve(loop -> List.of(new Counting()));

        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(there.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void turnsAwayWhoeverComesToANodeThatEnds() throws Exception {
        relay.onActive(at(node.getLocalPort()));
        var before = client();
        var there = accept();
        relay.onActive(null);
        var waiting = client();
        await(() -> relay.connections().join() == 2);

        relay.turnAway();
        assertThat(waiting.getInputStream().read()).isEqualTo(-1);
        assertThat(client().getInputStream().read()).isEqualTo(-1);
        before.getOutputStream().write(1);
        assertThat(there.getInputStream().read()).isOne();
    }

    @Test
    void endsConnectionsOfANodeThatGoesAway() throws Exception {
        var broker = broker();
        relay.onActive(at(broker.port()));
        var peer = peer().open().begin();

        broker.close();
        peer.expectEnd();
    }

    @Test
    void leavesTheOtherHalfOpen() throws IOException {
        relay.onActive(at(node.getLocalPort()));
        var client = client();
        var there = accept();
        client.getOutputStream().write(new byte[] {1, 2, 3});
        client.shutdownOutput();
        assertThat(there.getInputStream().readAllBytes()).containsExactly(1, 2, 3);

        there.getOutputStream().write(new byte[] {4, 5});
        there.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes()).containsExactly(4, 5);
    }

    @Test
    void passesResetsOnBothWays() throws IOException {
        relay.onActive(at(node.getLocalPort()));
        var client = client();
        var there = accept();
        reset(there);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);

        var another = client();
        var anotherThere = accept();
        reset(another);
        assertThatThrownBy(() -> anotherThere.getInputStream().read()).isInstanceOf(SocketException.class);
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Sockets hold some megabytes by themselves; a relay that reads on takes all. */
    @Test
    void readsNoMoreOfAClientThanTheNodeTakes() throws IOException {
        relay.onActive(at(node.getLocalPort()));
        try (var client = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            var there = accept();
            long written = writeAllThatIsTaken(client);
            assertThat(written).isLessThan(FLOOD_BYTES);

            client.shutdownOutput();
            assertThat(there.getInputStream().transferTo(OutputStream.nullOutputStream()))
                    .isEqualTo(written);
        }
    }

    @Test
    void readsNoMoreOfTheNodeThanAClientTakes() throws IOException {
        try (var server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            relay.onActive(at(server.socket().getLocalPort()));
            var client = client();
            try (var there = server.accept()) {
                long written = writeAllThatIsTaken(there);
                assertThat(written).isLessThan(FLOOD_BYTES);

                there.shutdownOutput();
                assertThat(client.getInputStream().transferTo(OutputStream.nullOutputStream()))
                        .isEqualTo(written);
            }
        }
    }

    /** Writes until nothing is taken for a second. */
    private static long writeAllThatIsTaken(SocketChannel channel) throws IOException {
        long written = 0;
        channel.configureBlocking(false);
        try (var selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_WRITE);
            var block = ByteBuffer.allocate(64 * 1024);
            while (written < FLOOD_BYTES && selector.select(1_000) > 0) {
                selector.selectedKeys().clear();
                written += channel.write(block.clear());
            }
        }
        channel.configureBlocking(true);
        return written;
    }

    @Test
    void countsConnectionsByAddress() throws IOException {
        restart(PATIENT, ListenerOptions.of("127.0.0.1", 0).withConnections(new ConnectionLimits(10, 1, 10)));
        relay.onActive(at(node.getLocalPort()));
        client();
        accept();

        assertThat(client().getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void dropsItsConnectionsWhenItCloses() throws IOException {
        relay.onActive(at(node.getLocalPort()));
        var client = client();
        var there = accept();
        relay.close();

        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(there.getInputStream().read()).isEqualTo(-1);
        assertThatThrownBy(this::client).isInstanceOf(IOException.class);
    }
}
