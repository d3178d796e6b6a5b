package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long messages come in part by part. */
class IncomingStreamTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int FRAME_BYTES = 100_000;
    private static final int PART_BYTES = 64 * 1024;
    private static final int MIB = 1024 * 1024;

    private final List<RecordedStream> streams = new CopyOnWriteArrayList<>();
    private Loopback loopback = new Loopback();
    private volatile boolean takesAtOnce = true;

    IncomingStreamTest() {
        prepare();
    }

    private void prepare() {
        loopback.container.prepare = peer -> peer.onLong = stream -> {
            var recorded = new RecordedStream(stream, takesAtOnce);
            streams.add(recorded);
            return recorded;
        };
    }

    @AfterEach
    void close() {
        loopback.close();
    }

    private void restartWith(EndpointLimits limits) {
        restartWith(ListenerOptions.of("127.0.0.1", 0).withLimits(limits));
    }

    private void restartWith(ListenerOptions options) {
        loopback.close();
        loopback = new Loopback(options);
        prepare();
    }

    private static byte[] bytes(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private RecordedStream stream() {
        await(() -> !streams.isEmpty());
        return streams.get(0);
    }

    private SendingLink sender(int maxFrameSize) {
        var open = new OpenParameters("client", null, maxFrameSize, 255, 0, List.of(), List.of(), Map.of());
        var connection = loopback.connect(loopback.connectOptions(), open);
        var session = loopback.onClient(() -> connection.begin(loopback.client));
        SendingLink link = loopback.onClient(() -> session.attachSender(
                AttachParameters.of("link", Source.at(null), Target.at("queue")), loopback.client));
        await(() -> loopback.onClient(() -> link.credit() > 0));
        return link;
    }

    /** A sender on channel 0, handle 0, with credit. */
    private RawPeer rawSender() {
        var peer = new RawPeer(loopback.port()).open().begin();
        peer.attachSender("link", 0);
        return peer;
    }

    private static Transfer part(int id, boolean more) {
        var transfer = RawPeer.transferPerformative(0, id);
        transfer.setMore(more);
        return transfer;
    }

    private static void sendParts(RawPeer peer, int id, int parts, boolean more) {
        for (int i = 0; i < parts; i++) {
            peer.send(0, part(id, more || i < parts - 1), new byte[FRAME_BYTES]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4_096, 131_072})
    @Spec("2.6.14/joined")
    void longMessageComesInPartsAsItWasSent(int maxFrameSize) {
        var link = sender(maxFrameSize);
        var server = loopback.container.peer();
        byte[] message = bytes(3 * MIB + 17);

        var sent = loopback.onClient(() -> link.send(NOTHING, ByteBuffer.wrap(message), false, null));

        await(() -> sent.isRemotelySettled());
        assertThat(sent.remoteState()).isEqualTo(Outcome.Accepted.INSTANCE);
        assertThat(streams).hasSize(1);
        assertThat(stream().content()).isEqualTo(message);
        assertThat(stream().endings).containsExactly("end");
        assertThat(stream().partBytes).hasSizeGreaterThan(8).allMatch(bytes -> bytes <= 2 * 256 * 1024);
        assertThat(Objects.requireNonNull(stream().delivery).message().hasRemaining())
                .isFalse();
        assertThat(server.deliveries).isEmpty();
    }

    @Test
    @Spec("2.6.14")
    void shortMessageComesWhole() {
        var link = sender(4_096);
        loopback.runOnClient(() -> link.send(NOTHING, ByteBuffer.wrap(bytes(256 * 1024)), false, null));
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);
        assertThat(streams).isEmpty();
    }

    @Test
    @Spec("2.6.14/interleaved")
    void messagesOfOtherLinksPassBetweenParts() {
        try (var peer = rawSender()) {
            peer.attachSender("other", 1);
            sendParts(peer, 0, 4, true);
            var other = RawPeer.transferPerformative(1, 1);
            peer.send(0, other, new byte[10]);
            var server = loopback.container.peer();
            await(() -> server.deliveries.size() == 1);
            assertThat(stream().endings).isEmpty();

            sendParts(peer, 0, 1, false);
            await(() -> stream().endings.equals(List.of("end")));
            assertThat(stream().bytes.get()).isEqualTo(5L * FRAME_BYTES);
            assertThat(peer.expect(Disposition.class).getFirst()).isEqualTo(UnsignedInteger.ZERO);
        }
    }

    @Test
    @Spec("2.7.5/aborted")
    void abortedMessageEndsItsPartsAndGivesItsCreditBack() {
        try (var peer = rawSender()) {
            sendParts(peer, 0, 4, true);
            var aborted = part(0, false);
            aborted.setAborted(true);
            peer.send(0, aborted);
            await(() -> stream().endings.equals(List.of("aborted")));
            await(() -> loopback.onServer(() -> stream().stream.link().credit()) == 1_000);

            sendParts(peer, 1, 4, false);
            await(() -> streams.size() == 2 && streams.get(1).endings.equals(List.of("end")));
        }
    }

    @Test
    @Spec("2.6.14/half")
    void detachLosesMessage() {
        try (var peer = rawSender()) {
            sendParts(peer, 0, 4, true);
            var detach = new Detach();
            detach.setHandle(UnsignedInteger.ZERO);
            peer.send(0, detach);
            peer.expect(Detach.class);
            assertThat(stream().endings).containsExactly("lost");
        }
    }

    @Test
    @Spec("2.6.14/half")
    void endOfSessionLosesMessage() {
        try (var peer = rawSender()) {
            sendParts(peer, 0, 4, true);
            peer.send(0, new End());
            peer.expect(End.class);
            assertThat(stream().endings).containsExactly("lost");
        }
    }

    @Test
    void lostConnectionLosesMessage() {
        var peer = rawSender();
        sendParts(peer, 0, 4, true);
        stream();
        peer.close();
        var server = loopback.container.peer();
        await(() -> server.has("onDisconnected"));
        assertThat(stream().endings).containsExactly("lost");
    }

    @Test
    @Spec("2.6.5/crossed")
    void ourOwnDetachLosesMessageAndItsRestIsDropped() {
        try (var peer = rawSender()) {
            sendParts(peer, 0, 4, true);
            var link = stream().stream.link();
            loopback.runOnServer(() -> link.close(AmqpError.RESOURCE_DELETED.because("gone")));
            assertThat(stream().endings).containsExactly("lost");
            long before = stream().bytes.get();
            sendParts(peer, 0, 4, false);
            var detach = new Detach();
            detach.setHandle(UnsignedInteger.ZERO);
            peer.expect(Detach.class);
            peer.send(0, detach);

            peer.attachSender("again", 0);
            sendParts(peer, 1, 4, false);
            await(() -> streams.size() == 2 && streams.get(1).endings.equals(List.of("end")));
            assertThat(stream().bytes.get()).isEqualTo(before);
        }
    }

    @Test
    @Spec("2.7.3/max-message-size")
    void messageOverTheLimitDetachesWhileItComesIn() {
        restartWith(EndpointLimits.DEFAULTS.withMaxMessageSizeBytes(MIB));
        try (var peer = rawSender()) {
            sendParts(peer, 0, 11, true);
            var detach = peer.expect(Detach.class);
            assertThat(detach.getClosed()).isTrue();
            assertThat(String.valueOf(detach.getError().getCondition())).isEqualTo("amqp:link:message-size-exceeded");
            assertThat(stream().endings).containsExactly("lost");
            assertThat(stream().bytes.get()).isLessThanOrEqualTo(MIB);
        }
    }

    @Test
    @Spec("2.5.6/reopens")
    void windowStaysShutUntilPartsAreTaken() {
        takesAtOnce = false;
        restartWith(EndpointLimits.DEFAULTS.withSessionIncomingWindowFrames(32));
        try (var peer = rawSender()) {
            sendParts(peer, 0, 32, true);
            var recorded = stream();
            await(() -> recorded.bytes.get() == 32L * FRAME_BYTES);
            // With the 21st frame too much waits; at most the flow before it opened the window for 32.
            int window = askForWindow(peer, 32);
            assertThat(window).isLessThanOrEqualTo(20);
            sendParts(peer, 0, window, true);
            assertThat(askForWindow(peer, 32 + window)).isZero();

            loopback.runOnServer(() -> recorded.stream.taken(recorded.bytes.get()));
            assertThat(peer.expect(Flow.class).getIncomingWindow()).isEqualTo(UnsignedInteger.valueOf(32));
            sendParts(peer, 0, 4, false);
            await(() -> recorded.endings.equals(List.of("end")));
        }
    }

    @Test
    @Spec("2.5.6")
    void windowShutByTheFrameThatCrowdsIsOpenedAgain() {
        takesAtOnce = false;
        restartWith(EndpointLimits.DEFAULTS.withSessionIncomingWindowFrames(2));
        try (var peer = rawSender()) {
            int frames = 0;
            // One part short of too much.
            for (int bytes = 0; bytes < 2 * MIB - PART_BYTES; bytes += PART_BYTES) {
                peer.send(0, part(0, true), new byte[PART_BYTES]);
                assertThat(flowAfter(peer, ++frames)).isEqualTo(2);
            }
            // One byte short of a part.
            peer.send(0, part(0, true), new byte[PART_BYTES - 1]);
            assertThat(flowAfter(peer, ++frames)).isEqualTo(2);
            // Read in one turn: there is room still when each of them comes, and none at the end of the turn.
            peer.send(peer.frame(0, 0, part(0, true)), peer.frame(0, 0, part(0, true), (byte) 1));
            frames += 2;
            assertThat(flowAfter(peer, frames)).isZero();

            var recorded = stream();
            loopback.runOnServer(() -> recorded.stream.taken(recorded.bytes.get()));
            assertThat(flowAfter(peer, frames)).isEqualTo(2);
            sendParts(peer, 0, 1, false);
            await(() -> recorded.endings.equals(List.of("end")));
        }
    }

    /** What the server says of its window when it has seen so many frames. */
    private static int askForWindow(RawPeer peer, int framesSent) {
        var echo = new Flow();
        echo.setNextIncomingId(UnsignedInteger.ONE);
        echo.setIncomingWindow(UnsignedInteger.valueOf(1_000));
        echo.setNextOutgoingId(UnsignedInteger.valueOf(1 + framesSent));
        echo.setOutgoingWindow(UnsignedInteger.valueOf(1_000));
        echo.setEcho(true);
        peer.send(0, echo);
        return flowAfter(peer, framesSent);
    }

    /** The window in the next flow that the server sends when it has seen so many frames. */
    private static int flowAfter(RawPeer peer, int framesSent) {
        Flow answer;
        do {
            answer = peer.expect(Flow.class);
        } while (answer.getNextIncomingId().intValue() != 1 + framesSent);
        return answer.getIncomingWindow().intValue();
    }

    @Test
    void socketIsNotReadWhileTooManyPartsWait() {
        takesAtOnce = false;
        var link = sender(131_072);
        byte[] message = bytes(64 * MIB);
        loopback.runOnClient(() -> link.send(NOTHING, ByteBuffer.wrap(message), true, null));
        var recorded = stream();
        await(() -> recorded.bytes.get() >= 8 * MIB);
        // Nothing more comes, however often both ends have had a turn.
        for (int turn = 0; turn < 200; turn++) {
            loopback.runOnClient(() -> {});
            loopback.runOnServer(() -> {});
        }
        assertThat(recorded.bytes.get()).isLessThan(10 * MIB);

        var taken = new long[1];
        await(() -> {
            loopback.runOnServer(() -> {
                recorded.stream.taken(recorded.bytes.get() - taken[0]);
                taken[0] = recorded.bytes.get();
            });
            return recorded.endings.equals(List.of("end"));
        });
        assertThat(recorded.content()).isEqualTo(message);
    }

    @Test
    @Spec("2.4.5")
    void peerIsNotSilentWhileItsSocketIsNotRead() {
        takesAtOnce = false;
        restartWith(ListenerOptions.of("127.0.0.1", 0).withTimeouts(new ListenerOptions.Timeouts(10_000, 200)));
        try (var peer = rawSender()) {
            sendParts(peer, 0, 84, true);
            var recorded = stream();
            await(() -> recorded.bytes.get() >= 8 * MIB);
            byte[] alive = peer.frame(0, 0, null);
            var connection = recorded.stream.link().session().connection();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(50))
                    .during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> {
                        peer.send(alive);
                        return loopback.onServer(connection::isUsable);
                    });

            long before = System.nanoTime();
            loopback.runOnServer(() -> recorded.stream.taken(recorded.bytes.get()));
            var error = Objects.requireNonNull(peer.expectClose());
            assertThat(String.valueOf(error.getCondition())).isEqualTo("amqp:resource-limit-exceeded");
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(400));
        }
    }

    @Test
    void lostMessageHoldsNobodyBack() {
        takesAtOnce = false;
        try (var peer = rawSender()) {
            sendParts(peer, 0, 90, true);
            var recorded = stream();
            await(() -> recorded.bytes.get() >= 8 * MIB);
            loopback.runOnServer(
                    () -> recorded.stream.link().close(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("too slow")));
            peer.expect(Detach.class);
            var detach = new Detach();
            detach.setHandle(UnsignedInteger.ZERO);
            peer.send(0, detach);
            peer.attachSender("again", 0);
            peer.send(0, RawPeer.transferPerformative(0, 1), new byte[10]);
            var server = loopback.container.peer();
            await(() -> server.deliveries.size() == 1);
        }
    }
}
