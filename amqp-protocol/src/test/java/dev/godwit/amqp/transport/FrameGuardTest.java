package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.beginPerformative;
import static dev.godwit.amqp.transport.RawPeer.condition;
import static dev.godwit.amqp.transport.RawPeer.detachPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer may not send, sent by hand. */
class FrameGuardTest {
    private static final EndpointLimits LIMITS = EndpointLimits.DEFAULTS
            .withMaxFrameSizeBytes(4_096)
            .withChannelMax(7)
            .withHandleMax(15)
            .withSessionIncomingWindowFrames(100);

    private final Loopback loopback =
            new Loopback(ListenerOptions.of("127.0.0.1", 0).withLimits(LIMITS));
    private final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    static Stream<byte[]> badFrameHeaders() {
        return Stream.of(
                new byte[] {0x7f, -1, -1, -1, 2, 0, 0, 0},
                new byte[] {-1, -1, -1, -1, 2, 0, 0, 0},
                new byte[] {0, 0, 0x10, 1, 2, 0, 0, 0},
                new byte[] {0, 0, 0, 0, 2, 0, 0, 0},
                new byte[] {0, 0, 0, 7, 2, 0, 0, 0},
                new byte[] {0, 0, 0, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                new byte[] {0, 0, 0, 16, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                new byte[] {0, 0, 0, 16, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    }

    @ParameterizedTest
    @MethodSource("badFrameHeaders")
    @Spec({"2.3.1/size", "2.3.1/doff", "2.3.1/type"})
    void closesAtFrameThatIsNone(byte[] bytes) {
        peer.open().send(bytes);
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:connection:framing-error");
        var server = loopback.container.peer();
        await(() -> server.has("onDisconnected"));
        assertThat(Objects.requireNonNull(server.cause).kind()).isEqualTo(DisconnectCause.Kind.PROTOCOL);
    }

    @Test
    @Spec("2.7.1/max-frame-received")
    void refusesOversizeFrameByItsFirstFourBytes() {
        peer.open().send(new byte[] {0, 0, 0x10, 1});
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:connection:framing-error");
    }

    static Stream<byte[]> badBodies() {
        var nested = new byte[600];
        for (int i = 0; i < nested.length; i++) {
            nested[i] = (byte) (i % 3 == 0 ? 0xc0 : i % 3 == 1 ? nested.length - i : 1);
        }
        return Stream.of(
                new byte[] {0x40},
                new byte[] {1, 2, 3},
                new byte[] {0, 0x53, 0x10},
                new byte[] {0, 0x53, 0x10, (byte) 0xd0, 0x7f, -1, -1, -1, 0x7f, -1, -1, -1},
                new byte[] {0, 0x53, 0x10, (byte) 0xc0, 2, 1, (byte) 0xa1},
                new byte[] {0, 0x53, 0x77, 0x45},
                new byte[] {0, 0x53, 0x41, 0x45},
                RawPeer.join(new byte[] {0, 0x53, 0x10}, nested));
    }

    @ParameterizedTest
    @MethodSource("badBodies")
    @Spec("2.3.2/body")
    void closesAtBodyThatCannotBeRead(byte[] body) {
        peer.open().send(peer.frame(0, 0, null, body));
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:decode-error");
    }

    @Test
    @Spec("2.4.1/open-first")
    void closesWhenBeginComesBeforeOpen() {
        peer.saslAnonymous().send(0, beginPerformative());
        peer.read(8);
        assertThat(peer.expect(Open.class).getContainerId()).isNotNull();
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:illegal-state");
    }

    @Test
    @Spec("2.4.1/channel-0")
    void closesWhenOpenComesOnAnotherChannel() {
        peer.saslAnonymous().send(3, openPerformative());
        peer.read(8);
        peer.expect(Open.class);
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:not-allowed");
        assertThat(loopback.container.peer().heard).doesNotContain("onOpen");
    }

    @Test
    @Spec("2.4.1")
    void closesAtSecondOpen() {
        peer.open().send(0, openPerformative());
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:illegal-state");
    }

    @Test
    @Spec("2.7.1/min-max-frame")
    void refusesMaxFrameSizeBelowTheSmallest() {
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(511));
        peer.saslAnonymous().send(0, open);
        peer.read(8);
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:invalid-field");
    }

    @Test
    @Spec({"2.7.1/channel-max-received", "2.4.1/limits"})
    void announcesAndEnforcesChannelMax() {
        peer.saslAnonymous().send(0, openPerformative());
        peer.read(8);
        var open = peer.expect(Open.class);
        assertThat(open.getChannelMax().intValue()).isEqualTo(7);
        assertThat(open.getMaxFrameSize().intValue()).isEqualTo(4_096);
        peer.send(7, beginPerformative());
        peer.expect(Begin.class);
        peer.send(8, beginPerformative());
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:connection:framing-error");
    }

    @Test
    @Spec("2.7.2/handle-max")
    void announcesAndEnforcesHandleMax() {
        peer.open().send(0, beginPerformative());
        assertThat(peer.expect(Begin.class).getHandleMax().intValue()).isEqualTo(15);
        peer.attachReceiver("last", 15);
        peer.send(0, attachPerformative("over", 16, Role.RECEIVER));
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:connection:framing-error");
    }

    @Test
    @Spec("2.5.1/not-begun")
    void closesAtFramesWhereNoSessionHasBegun() {
        peer.open().send(0, attachPerformative("link", 0, Role.SENDER));
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:illegal-state");
    }

    @Test
    @Spec({"2.6.2/unattached", "2.7.4/unattached", "2.5.4/end-with-error", "2.5.2/channel-reuse"})
    void endsSessionAtHandleThatIsNotAttached() {
        peer.open();
        for (Object frame :
                List.of(transferPerformative(9, 0), flowPerformative(9, 1, 1, 100), detachPerformative(9, false))) {
            peer.begin().send(0, frame);
            assertThat(peer.expectEndOfSession()).isEqualTo("amqp:session:unattached-handle");
            peer.send(0, new End());
        }
        peer.begin().attachReceiver("next", 0);
        assertThat(loopback.container.peer().count("onEnd")).isEqualTo(3);
    }

    @Test
    @Spec("2.7.3/handle-in-use")
    void closesAtHandleInUse() {
        peer.open().begin().attachReceiver("one", 0);
        peer.send(0, attachPerformative("two", 0, Role.RECEIVER));
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:session:handle-in-use");
        assertThat(loopback.container.peer().heard).doesNotContain("onAttach sender two");
    }

    @Test
    @Spec("2.7.6/unknown")
    void survivesDispositionsForDeliveriesThatAreNotThere() {
        peer.open().begin();
        var disposition =
                RawPeer.dispositionPerformative(Role.RECEIVER, 0, Integer.MAX_VALUE, Accepted.getInstance(), true);
        peer.send(0, disposition);
        peer.attachReceiver("link", 0);
        disposition.setLast(UnsignedInteger.valueOf(-1));
        peer.send(0, disposition);
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:invalid-field");
    }

    @Test
    @Spec("2.7.6")
    void settlesNeighboursInOneFrame() {
        peer.open().begin().attachSender("one", 0);
        peer.attachSender("two", 1);
        for (int i = 0; i < 10; i++) {
            peer.send(0, transferPerformative(i % 2, i), (byte) 1);
        }
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 10);
        loopback.runOnServer(() -> {
            for (int i = 0; i < 10; i++) {
                server.deliveries.get(i).settle(i == 5 ? Outcome.Released.INSTANCE : Outcome.Accepted.INSTANCE);
            }
        });
        var ranges = new ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            var disposition = peer.expect(Disposition.class);
            ranges.add(disposition.getFirst() + "-" + disposition.getLast() + " "
                    + disposition.getState().getType() + " " + disposition.getSettled());
        }
        assertThat(ranges).containsExactly("0-4 Accepted true", "5-5 Released true", "6-9 Accepted true");
    }

    @Test
    @Spec({"2.7.4/echo", "2.7.4/delivery-count"})
    void answersFlowThatAsksForEcho() {
        peer.open().begin().attachReceiver("link", 0);
        var flow = flowPerformative(0, 5, 1, 100);
        flow.setEcho(true);
        peer.send(0, flow);
        var echo = peer.expect(Flow.class);
        assertThat(echo.getHandle().intValue()).isZero();
        assertThat(echo.getLinkCredit().intValue()).isEqualTo(5);
        assertThat(echo.getDeliveryCount().intValue()).isZero();

        flow.setHandle(null);
        flow.setLinkCredit(null);
        flow.setDeliveryCount(null);
        peer.send(0, flow);
        var sessionEcho = peer.expect(Flow.class);
        assertThat(sessionEcho.getHandle()).isNull();
        assertThat(sessionEcho.getLinkCredit()).isNull();
        assertThat(sessionEcho.getDeliveryCount()).isNull();
        assertThat(sessionEcho.getIncomingWindow().intValue()).isEqualTo(100);
    }

    @Test
    @Spec("2.7.3/initial-delivery-count-received")
    void refusesSenderWithoutInitialDeliveryCount() {
        peer.open().begin();
        var attach = attachPerformative("link", 0, Role.SENDER);
        attach.setInitialDeliveryCount(null);
        peer.send(0, attach);
        assertThat(peer.expect(Attach.class).getTarget()).isNull();
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:invalid-field");
        assertThat(loopback.container.peer().receivers).isEmpty();
    }

    @Test
    @Spec("2.5.6/outgoing")
    void honoursWindowOfPeerForEachFrame() {
        loopback.container.prepare = server -> server.onRoom = link -> {
            while (link.credit() > 0) {
                link.send(ByteBuffer.allocate(0), ByteBuffer.allocate(1_000), true, null);
            }
        };
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).begin().attachReceiver("link", 0);
        peer.send(0, flowPerformative(0, 2, 1, 3));
        for (int i = 0; i < 3; i++) {
            peer.expect(Transfer.class);
        }
        // Echo shows that nothing else came: it would have come first.
        var flow = flowPerformative(0, 2, 4, 0);
        flow.setEcho(true);
        peer.send(0, flow);
        assertThat(peer.readFrame()).isInstanceOf(Flow.class);
        peer.send(0, flowPerformative(0, 2, 4, 100));
        int bytes = 0;
        boolean more = true;
        while (more || bytes < 512) {
            more = peer.expect(Transfer.class).getMore();
            bytes += peer.payload.length;
        }
        assertThat(peer.largestFrame).isLessThanOrEqualTo(512);
    }

    @Test
    @Spec("2.7.1/max-frame-sent")
    void keepsEveryFrameWithinTheSmallestMaxFrameSize() {
        Map<dev.godwit.amqp.type.Symbol, Object> properties = new HashMap<>();
        properties.put(dev.godwit.amqp.type.Symbol.of("product"), "x".repeat(800));
        loopback.container.prepare = server -> {
            server.onOpened = opened -> opened.open(new dev.godwit.amqp.container.OpenParameters(
                    "server", null, 4_096, 7, 0, List.of(), List.of(), properties));
            server.onReceiverAttach = link ->
                    link.refuse(dev.godwit.amqp.type.AmqpError.NOT_FOUND.because("no such queue " + "y".repeat(800)));
        };
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).begin().send(0, attachPerformative("link", 0, Role.SENDER));
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:not-found");
        assertThat(peer.largestFrame).isLessThanOrEqualTo(512);
    }

    @Test
    @Spec("2.4.3/discarding")
    void discardsEverythingButCloseAfterItsOwnClose() {
        peer.open().begin();
        var server = loopback.container.peer();
        loopback.runOnServer(() -> Objects.requireNonNull(server.connection)
                .close(dev.godwit.amqp.type.AmqpError.CONNECTION_FORCED.because("going down")));
        assertThat(condition(peer.expect(Close.class).getError())).isEqualTo("amqp:connection:forced");
        peer.send(0, attachPerformative("late", 0, Role.SENDER)).send(0, new Close());
        peer.expectEnd();
        await(() -> server.has("onDisconnected"));
        assertThat(server.cause).isNull();
        assertThat(server.heard).doesNotContain("onClose").doesNotContain("onAttach receiver late");
    }

    @Test
    void listenerThatFailsCostsItsOwnConnectionOnly() {
        loopback.connect();
        loopback.container.prepare = server -> server.onMessage = delivery -> {
            throw new IllegalStateException("planted");
        };
        peer.open().begin().attachSender("link", 0);
        peer.send(0, transferPerformative(0, 0), (byte) 1);
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:internal-error");
        var other = loopback.container.peers.get(0);
        assertThat(Objects.requireNonNull(other.connection).isUsable()).isTrue();
        assertThat(other.heard).doesNotContain("onDisconnected");
    }

    @Test
    void floodOfSymbolsLeavesNothingBehind() {
        var open = openPerformative();
        var properties = new HashMap<Symbol, Object>();
        for (int i = 0; i < 50; i++) {
            properties.put(Symbol.valueOf("flood-" + i), new Binary(new byte[1]));
        }
        open.setProperties(properties);
        peer.open(open);
        assertThat(Objects.requireNonNull(Objects.requireNonNull(loopback.container.peer().connection)
                                .remoteOpen())
                        .properties())
                .hasSize(50);
    }
}
