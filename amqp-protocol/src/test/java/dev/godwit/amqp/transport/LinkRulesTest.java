package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.beginPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How connections, sessions and links end, and what may come afterwards, frame by frame. */
class LinkRulesTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private Loopback loopback = new Loopback();
    private RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    private void restartWith(EndpointLimits limits) {
        close();
        loopback = new Loopback(ListenerOptions.of("127.0.0.1", 0).withLimits(limits));
        peer = new RawPeer(loopback.port());
    }

    private static String condition(@Nullable ErrorCondition error) {
        return String.valueOf(Objects.requireNonNull(error).getCondition());
    }

    private static Detach detach(int handle, boolean closed) {
        var detach = new Detach();
        detach.setHandle(UnsignedInteger.valueOf(handle));
        detach.setClosed(closed);
        return detach;
    }

    // ---- connections

    @Test
    @Spec({"2.4.3/close-last", "2.4.3/close-channel"})
    void writesNothingAfterItsClose() {
        peer.open().send(3, beginPerformative()).expect(Begin.class);
        peer.send(3, attachPerformative("link", 0, Role.RECEIVER)).expect(Attach.class);
        peer.send(3, flowPerformative(0, 10, 1, 100));
        var server = loopback.container.peer();
        await(() -> loopback.onServer(
                () -> !server.senders.isEmpty() && server.senders.get(0).credit() == 10));
        loopback.runOnServer(() -> {
            var link = server.senders.get(0);
            link.send(NOTHING, ByteBuffer.allocate(1), true, null);
            Objects.requireNonNull(server.connection).close(AmqpError.CONNECTION_FORCED.because("over"));
            link.close(null);
            server.sessions.get(0).end(null);
        });
        assertThat(peer.readFrame()).isInstanceOf(Transfer.class);
        var close = (Close) Objects.requireNonNull(peer.readFrame());
        assertThat(condition(close.getError())).isEqualTo("amqp:connection:forced");
        assertThat(peer.channel).isZero();
        var asking = flowPerformative(0, 10, 2, 100);
        asking.setEcho(true);
        peer.send(3, asking).send(0, new Close());
        peer.expectNothing();
    }

    @Test
    @Spec("2.4.3/close-channel")
    void closesOnChannel0WhereItHasJustOpened() {
        loopback.container.prepare =
                server -> server.onOpened = opened -> opened.close(AmqpError.NOT_FOUND.because("no such host"));
        peer.saslAnonymous().send(0, openPerformative());
        peer.read(8);
        peer.expect(Open.class);
        assertThat(peer.channel).isZero();
        assertThat(peer.expect(Close.class).getError()).isNotNull();
        assertThat(peer.channel).isZero();
    }

    @Test
    @Spec("2.4.5/empty-frames")
    void givesNoSignOfLifeBeforeItsOpen() {
        var waiting = new CopyOnWriteArrayList<Connection>();
        loopback.container.prepare = server -> server.onOpened = waiting::add;
        var open = openPerformative();
        open.setIdleTimeOut(UnsignedInteger.valueOf(100));
        peer.saslAnonymous().send(0, open);
        await(() -> waiting.size() == 1);
        // A clock: a peer with the same wish, that is answered at once, has heard several signs meanwhile.
        loopback.container.prepare = server -> {};
        try (var clock = new RawPeer(loopback.port())) {
            clock.open(open);
            for (int i = 0; i < 5; i++) {
                assertThat(clock.readFrame()).isNull();
            }
        }
        loopback.runOnServer(() -> waiting.get(0).open(OpenParameters.of("server", null)));
        peer.read(8);
        assertThat(peer.readFrame()).isInstanceOf(Open.class);
        assertThat(peer.readFrame()).isNull();
        assertThat(peer.channel).isZero();
    }

    @Test
    @Spec("2.7.1/idle-zero")
    void takesAnIdleTimeOutOf0ForNone() {
        var open = openPerformative();
        open.setIdleTimeOut(UnsignedInteger.ZERO);
        peer.open(open).begin().attachSender("link", 0);
        assertThat(Objects.requireNonNull(Objects.requireNonNull(loopback.container.peer().connection)
                                .remoteOpen())
                        .idleTimeoutMillis())
                .isZero();
    }

    @Test
    @Spec("2.7.1/min-max-frame")
    void takesFramesOf512BytesWhateverItsLimit() {
        restartWith(EndpointLimits.DEFAULTS.withMaxFrameSizeBytes(EndpointLimits.MIN_MAX_FRAME_SIZE));
        peer.open().begin().attachSender("link", 0);
        int overhead = peer.frame(0, 0, transferPerformative(0, 0)).length;
        byte[] largest = peer.frame(0, 0, transferPerformative(0, 0), new byte[512 - overhead]);
        assertThat(largest).hasSize(512);
        peer.send(largest);
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);
        peer.send(peer.frame(0, 0, transferPerformative(0, 1), new byte[513 - overhead]));
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:connection:framing-error");
    }

    // ---- sessions

    @Test
    @Spec("2.5.2/end-answered")
    void sessionTakesItsLinksWithIt() {
        peer.open().begin().attachSender("link", 0);
        peer.send(0, new End());
        assertThat(peer.expect(End.class).getError()).isNull();
        peer.begin().send(0, attachPerformative("link", 4, Role.SENDER));
        // Were the first still there, it would be told first that it is stolen.
        assertThat(peer.readFrame()).isInstanceOf(Attach.class);
        peer.send(0, transferPerformative(0, 0), (byte) 1);
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:session:unattached-handle");
    }

    // ---- links

    @Test
    @Spec("2.6.1/direction")
    void linksOfBothDirectionsMayHaveTheSameName() {
        peer.open().begin();
        var server = loopback.container.peer();
        server.onRoom = link -> {
            while (link.credit() > 0) {
                link.send(NOTHING, ByteBuffer.wrap(new byte[] {2}), true, null);
            }
        };
        peer.attachSender("link", 0);
        peer.attachReceiver("link", 1);
        peer.send(0, transferPerformative(0, 0), (byte) 1).send(0, flowPerformative(1, 1, 1, 100));
        peer.expect(Transfer.class);
        await(() -> server.deliveries.size() == 1);
        peer.send(0, detach(0, true)).expect(Detach.class);
        peer.send(0, flowPerformative(1, 2, 2, 100)).expect(Transfer.class);
    }

    @Test
    @Spec("2.7.5/delivery-tag")
    void detachesWhenTheTagChangesWithinADelivery() {
        peer.open().begin().attachSender("link", 0);
        for (int delivery = 0; delivery < 2; delivery++) {
            var first = transferPerformative(0, delivery);
            first.setMore(true);
            var next = transferPerformative(0, delivery);
            next.setDeliveryId(null);
            next.setDeliveryTag(delivery == 0 ? null : new Binary(new byte[] {99}));
            next.setMessageFormat(null);
            peer.send(0, first, (byte) 1).send(0, next, (byte) 2);
        }
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:invalid-field");
        var server = loopback.container.peer();
        assertThat(server.deliveries).hasSize(1);
        assertThat(server.deliveries.get(0).message()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
    }
}
