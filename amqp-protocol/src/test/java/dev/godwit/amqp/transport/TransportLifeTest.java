package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.proton.amqp.transport.Close;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How connections begin and end, and what they do meanwhile. */
class TransportLifeTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Loopback loopback = new Loopback();
    private final RecordingPeer client = loopback.client;

    @AfterEach
    void close() {
        loopback.close();
    }

    @Test
    @Spec("2.4.3/close-last")
    void closesInOrder() {
        loopback.session();
        var server = loopback.container.peer();
        await(() -> server.has("onSession"));
        loopback.runOnClient(
                () -> Objects.requireNonNull(client.connection).close(AmqpError.CONNECTION_FORCED.because("bye")));
        await(() -> server.has("onDisconnected") && client.has("onDisconnected"));
        assertThat(server.heard).endsWith("onClose", "onDisconnected");
        assertThat(Objects.requireNonNull(server.error).description()).isEqualTo("bye");
        assertThat(server.cause).isNull();
        assertThat(client.cause).isNull();
        assertThat(client.heard).doesNotContain("onClose", "onEnd");
        assertThat(loopback.onClient(
                        () -> Objects.requireNonNull(client.connection).isUsable()))
                .isFalse();
    }

    @Test
    @Spec("2.4.6")
    void serverThatRefusesSaysOpenThenClose() {
        loopback.container.prepare =
                peer -> peer.onOpened = opened -> opened.close(AmqpError.NOT_FOUND.because("no such host"));
        loopback.connectWithoutWaiting(loopback.connectOptions(), OpenParameters.of("client", "nowhere"));
        await(() -> client.has("onDisconnected"));
        assertThat(client.heard).containsExactly("onOpen", "onClose", "onDisconnected");
        assertThat(Objects.requireNonNull(client.error).condition()).isEqualTo(AmqpError.NOT_FOUND.condition());
    }

    @Test
    void bothHearOfALostSocket() {
        loopback.session();
        var server = loopback.container.peer();
        loopback.runOnServer(() -> Objects.requireNonNull(server.connection).abort());
        await(() -> client.has("onDisconnected") && server.has("onDisconnected"));
        assertThat(Objects.requireNonNull(client.cause).kind()).isEqualTo(DisconnectCause.Kind.NETWORK);
        assertThat(client.heard).doesNotContain("onClose", "onEnd");
    }

    @Test
    void whatIsAskedBeforeThePeerLetsUsInIsSentThen() {
        var connection = loopback.connectWithoutWaiting(loopback.connectOptions(), null);
        loopback.runOnClient(() -> {
            connection.open(OpenParameters.of("client", null));
            var session = connection.begin(client);
            session.attachSender(AttachParameters.of("early", Source.at(null), Target.at("queue")), client);
        });
        await(() -> client.has("onAttached early"));
    }

    @Test
    @Spec("2.4.5/silent-peer")
    void closesPeerThatFallsSilent() {
        loopback.container.prepare = server -> server.onOpened = opened ->
                opened.open(new OpenParameters("server", null, 4_096, 7, 100, List.of(), List.of(), Map.of()));
        try (var peer = new RawPeer(loopback.port())) {
            peer.saslAnonymous().send(0, RawPeer.openPerformative());
            peer.read(8);
            assertThat(peer.expect(org.apache.qpid.proton.amqp.transport.Open.class)
                            .getIdleTimeOut()
                            .intValue())
                    .isEqualTo(100);
            assertThat(String.valueOf(peer.expect(Close.class).getError().getCondition()))
                    .isEqualTo("amqp:resource-limit-exceeded");
            peer.expectEnd();
        }
        var server = loopback.container.peer();
        await(() -> server.has("onDisconnected"));
        assertThat(Objects.requireNonNull(server.cause).kind()).isEqualTo(DisconnectCause.Kind.IDLE);
    }

    @Test
    @Spec("2.4.5/keep-alive")
    void keepsIdleConnectionAlive() {
        loopback.container.prepare = server -> server.onOpened = opened ->
                opened.open(new OpenParameters("server", null, 4_096, 7, 5_000, List.of(), List.of(), Map.of()));
        loopback.connect();
        try (var peer = new RawPeer(loopback.port())) {
            var open = RawPeer.openPerformative();
            open.setIdleTimeOut(org.apache.qpid.proton.amqp.UnsignedInteger.valueOf(200));
            peer.open(open);
            byte[] alive = peer.frame(0, 0, null);
            long from = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                assertThat(peer.readFrame()).isNull();
                peer.send(alive);
            }
            // On the whole: a machine that stands still for a moment spoils nothing.
            assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(4));
        }
        assertThat(client.heard).doesNotContain("onDisconnected");
    }

    @Test
    void sessionsBeyondTheLimitEndTheConnection() {
        try (var small = new Loopback(
                ListenerOptions.of("127.0.0.1", 0).withLimits(EndpointLimits.DEFAULTS.withChannelMax(1)))) {
            var connection = small.connect();
            small.runOnClient(() -> {
                for (int i = 0; i < 3; i++) {
                    connection.begin(small.client);
                }
            });
            await(() -> small.client.has("onDisconnected"));
            assertThat(Objects.requireNonNull(small.client.error).condition())
                    .isEqualTo(AmqpError.FRAMING_ERROR.condition());
        }
    }

    @Test
    void vanishingClientsLeaveNothingBehind() {
        for (int i = 0; i < 100; i++) {
            var peer = new RawPeer(loopback.port());
            peer.send(RawPeer.header(3), peer.frame(1, 0, RawPeer.saslInit("ANONYMOUS")), RawPeer.header(0));
            peer.send(0, RawPeer.openPerformative()).send(0, RawPeer.beginPerformative());
            peer.close();
        }
        loopback.connect();
        await(() -> loopback.caps.total() == 1);
        assertThat(loopback.caps.unauthenticated()).isZero();
        assertThat(loopback.onServer(loopback.server::connections)).isEqualTo(1);
    }

    @Test
    void dropsPeerThatReadsNothing() {
        int count = 3_000;
        loopback.container.prepare = server -> server.onRoom = link -> {
            while (link.credit() > 0) {
                link.send(NOTHING, ByteBuffer.allocate(10_000), true, null);
            }
        };
        try (var peer = new RawPeer(loopback.port())) {
            peer.open().begin().attachReceiver("link", 0);
            peer.send(0, RawPeer.flowPerformative(0, count, 1, count));
            var server = loopback.container.peer();
            await(() -> loopback.onServer(() -> server.senders.get(0).credit()) == 0);
            loopback.runOnServer(() -> Objects.requireNonNull(server.connection).close(null));
            // It closes its end in time, though nothing of ours can go out.
            org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(15)).until(() -> server.has("onDisconnected"));
        }
    }

    @Test
    void spreadsConnectionsOverLoops() {
        var second = new RecordingContainer();
        var other = AmqpServer.start(
                        loopback.vertx,
                        loopback.clientLoop,
                        ListenerOptions.of("127.0.0.1", 0),
                        loopback.caps,
                        loopback.users,
                        second)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        try {
            assertThat(other.actualPort()).isEqualTo(loopback.port());
            var peers = new ArrayList<RawPeer>();
            for (int i = 0; i < 4; i++) {
                var peer = new RawPeer(loopback.port());
                peers.add(peer);
                peer.open();
            }
            assertThat(loopback.container.peers).hasSize(2);
            assertThat(second.peers).hasSize(2);
            peers.forEach(RawPeer::close);
        } finally {
            other.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    @Test
    void callsOffTheLoopAreRefused() {
        Connection connection = loopback.connect();
        assertThatThrownBy(() -> connection.close(null)).hasMessageContaining("off its event loop");
    }
}
