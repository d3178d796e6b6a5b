package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.beginPerformative;
import static dev.godwit.amqp.transport.RawPeer.condition;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.security.SaslMechanisms;
import org.apache.qpid.proton.amqp.security.SaslOutcome;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What connections say first and last, and meanwhile to show that they live, frame by frame. */
class OpenCloseRulesTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Loopback loopback = new Loopback();
    private final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

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
        loopback.container.prepare = server -> {};
        awaitFiveSignsOfLife(open);
        loopback.runOnServer(() -> waiting.get(0).open(OpenParameters.of("server", null)));
        peer.read(8);
        assertThat(peer.readFrame()).isInstanceOf(Open.class);
        assertThat(peer.readFrame()).isNull();
        assertThat(peer.channel).isZero();
    }

    @Test
    @Spec("2.4.5/empty-frames")
    void givesNoSignOfLifeAfterItsClose() {
        var open = openPerformative();
        open.setIdleTimeOut(UnsignedInteger.valueOf(100));
        peer.open(open);
        var server = loopback.container.peer();
        loopback.runOnServer(() -> Objects.requireNonNull(server.connection).close(null));
        peer.expect(Close.class);
        awaitFiveSignsOfLife(open);
        peer.send(0, new Close());
        peer.expectNothing();
    }

    /** A clock: a peer with that wish hears five signs of life. */
    private void awaitFiveSignsOfLife(Open open) {
        try (var clock = new RawPeer(loopback.port())) {
            clock.open(open);
            for (int i = 0; i < 5; i++) {
                assertThat(clock.readFrame()).isNull();
            }
        }
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
    @Spec({"2.2/header-first", "2.2/supported"})
    void saysItsHeaderBeforeEachLayer() {
        peer.send(RawPeer.header(3), peer.frame(1, 0, RawPeer.saslInit("ANONYMOUS")));
        peer.send(RawPeer.header(0), peer.frame(0, 0, openPerformative()));
        assertThat(peer.read(8)).isEqualTo(RawPeer.header(3));
        assertThat(peer.readFrame()).isInstanceOf(SaslMechanisms.class);
        assertThat(peer.readFrame()).isInstanceOf(SaslOutcome.class);
        assertThat(peer.read(8)).isEqualTo(RawPeer.header(0));
        assertThat(peer.readFrame()).isInstanceOf(Open.class);
    }

    @Test
    @Spec("2.4.3/any-channel")
    void understandsCloseOnAnyChannel() {
        peer.open().begin().send(5, new Close());
        assertThat(peer.expectClose()).isNull();
        await(() -> loopback.container.peer().has("onDisconnected"));
        assertThat(loopback.container.peer().cause).isNull();
    }

    @Test
    @Spec("2.7.1/container-id")
    void refusesOpenWithoutContainerId() {
        var openOfNull = new byte[] {0, 0x53, 0x10, (byte) 0xc0, 2, 1, 0x40};
        peer.saslAnonymous().send(peer.frame(0, 0, null, openOfNull));
        assertThat(peer.read(8)).isEqualTo(RawPeer.header(0));
        assertThat(peer.expectClose()).isNotNull();
        assertThat(loopback.container.peer().heard).doesNotContain("onOpen");
    }

    @Test
    @Spec("2.4.5/not-supported")
    void turnsAwayWhoWantsSignsOfLifeTooOften() {
        var open = openPerformative();
        open.setIdleTimeOut(UnsignedInteger.valueOf(99));
        peer.saslAnonymous().send(0, open);
        assertThat(peer.read(8)).isEqualTo(RawPeer.header(0));
        var error = Objects.requireNonNull(peer.expectClose());
        assertThat(condition(error)).isEqualTo("amqp:not-allowed");
        assertThat(error.getDescription()).contains("99 ms").contains("100 ms");
        assertThat(loopback.container.peer().heard).doesNotContain("onOpen");
    }

    @Test
    @Spec("2.4.1/before-open")
    void saysNoMoreThan512BytesBeforeThePeerHasOpened() {
        var codec = new PerformativeCodec();
        var fit = new PerformativeFit(codec);
        var wordy = longOpen();
        fit.shorten(wordy);
        assertThat(codec.size(wordy)).isLessThanOrEqualTo(504);
        assertThat(wordy.getContainerId()).isEqualTo("raw");
        var close = new Close();
        close.setError(new ErrorCondition(Symbol.valueOf("amqp:not-allowed"), "no ".repeat(400)));
        fit.shorten(close);
        assertThat(codec.size(close)).isLessThanOrEqualTo(504);
        assertThat(condition(close.getError())).isEqualTo("amqp:not-allowed");

        fit.onRemoteMaxFrameSize(64 * 1024);
        var later = longOpen();
        fit.shorten(later);
        assertThat((Object) later.getProperties()).isEqualTo(longOpen().getProperties());
    }

    private static Open longOpen() {
        var open = openPerformative();
        open.setProperties(Map.of(Symbol.valueOf("story"), "long ".repeat(400)));
        return open;
    }

    @Test
    @Spec("2.4.4/simultaneous")
    void bothMayCloseAtOnce() {
        peer.open().begin();
        var server = loopback.container.peer();
        loopback.runOnServer(
                () -> server.sessions.get(0).connection().close(AmqpError.CONNECTION_FORCED.because("over")));
        peer.send(0, new Close());
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:connection:forced");
        await(() -> server.has("onDisconnected"));
    }
}
