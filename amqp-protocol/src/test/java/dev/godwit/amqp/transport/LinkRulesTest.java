package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.condition;
import static dev.godwit.amqp.transport.RawPeer.detachPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Objects;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        peer.send(0, detachPerformative(0, true)).expect(Detach.class);
        peer.send(0, flowPerformative(1, 2, 2, 100)).expect(Transfer.class);
    }

    /** Its detach, which does not close, crosses ours, which does: it closes by attach and closing detach. */
    @Test
    @Spec("2.6.6/crossing")
    void takesTheClosingOfAPeerWhoseDetachCrossedOurs() {
        peer.open().begin().attachReceiver("link", 0);
        var server = loopback.container.peer();
        loopback.runOnServer(() -> server.senders.get(0).close(AmqpError.RESOURCE_DELETED.because("gone")));
        peer.send(0, detachPerformative(0, false)).expect(Detach.class);
        peer.send(0, attachPerformative("link", 0, Role.RECEIVER)).send(0, detachPerformative(0, true));
        assertThat(peer.readFrame()).isInstanceOf(Attach.class);
        assertThat(((Detach) Objects.requireNonNull(peer.readFrame())).getClosed())
                .isTrue();
        await(() -> server.has("onClosed link"));
        assertSessionGoesOn();
    }

    /** A client may number its next link as the last one, when it has detached that one, whether it was answered or not. */
    @Test
    @Spec({"2.6.2/reuse", "2.4.2/pipelined"})
    void takesAHandleAgainBeforeTheLinkThatHadItWasAnswered() {
        var later = new ArrayList<ReceivingLink>();
        loopback.container.prepare = server -> server.onReceiverAttach = later::add;
        peer.open().begin();
        for (String name : new String[] {"one", "two", "two"}) {
            peer.send(0, attachPerformative(name, 0, Role.SENDER)).send(0, detachPerformative(0, true));
        }
        peer.send(0, attachPerformative("two", 0, Role.SENDER));
        for (String name : new String[] {"one", "two", "two"}) {
            var refused = peer.expect(Attach.class);
            assertThat(refused.getName()).isEqualTo(name);
            assertThat(refused.getTarget()).isNull();
            assertThat(peer.expect(Detach.class).getHandle()).isEqualTo(refused.getHandle());
        }
        var server = loopback.container.peer();
        await(() -> loopback.onServer(later::size) == 4);
        loopback.runOnServer(() -> later.forEach(server::accept));
        assertThat(peer.expect(Attach.class).getTarget()).isNotNull();
        peer.send(0, transferPerformative(0, 0), (byte) 1);
        await(() -> server.deliveries.size() == 1);
        await(() -> server.count("onClosed one") == 1 && server.count("onClosed two") == 2);
        assertThat(loopback.onServer(() -> later.get(3).isAttached())).isTrue();
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

    // ---- links that we detached with an error

    /** Attaches a link on which the peer sends, and one on which it receives, and detaches one of them at our end. */
    private RecordingPeer failsOne(boolean peerSends, boolean withError) {
        peer.open().begin().attachSender("out", 0);
        peer.attachReceiver("in", 1);
        peer.attachReceiver("other", 2);
        var server = loopback.container.peer();
        peer.send(0, flowPerformative(1, 5, 1, 100)).send(0, flowPerformative(2, 5, 1, 100));
        await(() -> loopback.onServer(() -> server.senders.get(1).credit() == 5));
        loopback.runOnServer(() -> {
            server.senders.get(0).send(NOTHING, ByteBuffer.wrap(new byte[] {1}), false, null);
            var link = peerSends ? server.receivers.get(0) : server.senders.get(0);
            link.close(withError ? AmqpError.RESOURCE_DELETED.because("gone") : null);
        });
        assertThat(peer.expect(Transfer.class).getDeliveryId().intValue()).isZero();
        assertThat(peer.expect(Detach.class).getClosed()).isTrue();
        return server;
    }

    /** Says that it has seen what was sent after the detach, up to the transfer before that number. */
    private void showsThatItHasHeard(RecordingPeer server, int nextIncomingId) {
        loopback.runOnServer(() -> server.senders.get(1).send(NOTHING, ByteBuffer.wrap(new byte[] {2}), true, null));
        peer.expect(Transfer.class);
        peer.send(0, flowPerformative(2, 5, nextIncomingId, 100));
    }

    /** As a client that has read the detach, and has not told its application of it. */
    private void goesOnOnce(RecordingPeer server, boolean transfers) {
        showsThatItHasHeard(server, 3);
        peer.send(0, input(transfers, 0, 3), transfers ? new byte[] {1} : new byte[0]);
        var asking = flowPerformative(2, 5, 3, 100);
        asking.setEcho(true);
        peer.send(0, asking).expect(Flow.class);
    }

    private Object input(boolean transfers, int id, int nextIncomingId) {
        return transfers ? transferPerformative(0, id) : flowPerformative(1, 5, nextIncomingId, 100);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.6.5/crossed")
    void nothingComesOfWhatCrossedItsDetach(boolean peerSends) {
        var server = failsOne(peerSends, true);
        var frame = peerSends ? transferPerformative(0, 0) : flowPerformative(1, 5, 2, 100);
        peer.send(0, frame, (byte) 1);
        if (!peerSends) {
            peer.send(0, accepted(0));
        }
        showsThatItHasHeard(server, 3);
        peer.send(0, detachPerformative(peerSends ? 0 : 1, true));
        assertSessionGoesOn();
        assertThat(server.deliveries).isEmpty();
        assertThat(server.dispositions).isEmpty();
    }

    private void assertSessionGoesOn() {
        peer.send(0, attachPerformative("fence", 9, Role.RECEIVER));
        assertThat(peer.readFrame()).isInstanceOf(Attach.class);
    }

    private static Disposition accepted(int deliveryId) {
        var disposition = new Disposition();
        disposition.setRole(Role.RECEIVER);
        disposition.setFirst(UnsignedInteger.valueOf(deliveryId));
        disposition.setState(Accepted.getInstance());
        disposition.setSettled(true);
        return disposition;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.6.5/errant-link")
    void endsTheSessionWhenMoreComesFromWhoHasHeardOfTheDetach(boolean peerSends) {
        var server = failsOne(peerSends, true);
        goesOnOnce(server, peerSends);
        showsThatItHasHeard(server, 4);
        peer.send(0, input(peerSends, 1, 4), peerSends ? new byte[] {1} : new byte[0]);
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:session:errant-link");
        peer.send(0, new End());
        peer.begin().attachSender("out", 0);
        assertThat(server.deliveries).isEmpty();
    }

    @Test
    @Spec("2.6.5/errant-link")
    void endsTheSessionAtAnOutcomeFromWhoHasHeardOfTheDetach() {
        var server = failsOne(false, true);
        goesOnOnce(server, false);
        showsThatItHasHeard(server, 4);
        peer.send(0, accepted(0));
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:session:errant-link");
        assertThat(server.dispositions).isEmpty();
    }

    /**
     * Clients read all that has come, and write what they owe to each link, before their application hears of the detach
     * and can answer it.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.6.5/crossed")
    void sparesAPeerThatHasReadTheDetachAndAnswersItAfterAllElse(boolean peerSends) {
        var server = failsOne(peerSends, true);
        loopback.runOnServer(() -> server.senders.get(1).send(NOTHING, ByteBuffer.wrap(new byte[] {2}), true, null));
        peer.expect(Transfer.class);
        var frames = new ArrayList<byte[]>();
        frames.add(peer.frame(0, 0, flowPerformative(2, 5, 3, 100)));
        if (peerSends) {
            frames.add(peer.frame(0, 0, transferPerformative(0, 0), (byte) 1));
            frames.add(peer.frame(0, 0, transferPerformative(0, 1), (byte) 1));
        } else {
            frames.add(peer.frame(0, 0, flowPerformative(1, 5, 3, 100)));
            frames.add(peer.frame(0, 0, accepted(0)));
        }
        frames.add(peer.frame(0, 0, detachPerformative(peerSends ? 0 : 1, true)));
        peer.send(frames.toArray(new byte[0][]));
        assertSessionGoesOn();
        assertThat(server.deliveries).isEmpty();
        assertThat(server.dispositions).isEmpty();
    }

    @Test
    void takesNoOffenceAtWhatComesForALinkThatItDetachedWithoutAnError() {
        var server = failsOne(true, false);
        goesOnOnce(server, true);
        showsThatItHasHeard(server, 4);
        peer.send(0, transferPerformative(0, 1), (byte) 1).send(0, detachPerformative(0, true));
        assertSessionGoesOn();
        assertThat(server.deliveries).isEmpty();
    }

    /** Whoever sends more than the window before the detach allowed has seen the one that came behind it. */
    @Test
    @Spec("2.6.5/errant-link")
    void endsTheSessionWhenMoreComesThanCanHaveBeenOnItsWay() {
        restartWith(EndpointLimits.DEFAULTS.withSessionIncomingWindowFrames(10));
        peer.open().begin().attachSender("link", 0);
        var server = loopback.container.peer();
        loopback.runOnServer(() -> server.receivers.get(0).close(AmqpError.RESOURCE_DELETED.because("gone")));
        peer.expect(Detach.class);
        for (int id = 0; id < 10; id++) {
            peer.send(0, transferPerformative(0, id), (byte) 1);
        }
        var asking = flowPerformative(0, 0, 1, 100);
        asking.setNextOutgoingId(UnsignedInteger.valueOf(11));
        asking.setHandle(null);
        asking.setDeliveryCount(null);
        asking.setLinkCredit(null);
        asking.setEcho(true);
        peer.send(0, asking);
        assertThat(flowThatHasSeenAllBefore(11).getIncomingWindow().intValue()).isEqualTo(10);
        for (int id = 10; id < 15; id++) {
            peer.send(0, transferPerformative(0, id), (byte) 1);
        }
        flowThatHasSeenAllBefore(16);
        for (int id = 15; id < 21; id++) {
            peer.send(0, transferPerformative(0, id), (byte) 1);
        }
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:session:errant-link");
        assertThat(server.deliveries).isEmpty();
    }

    /** How many flows come before it depends on how the frames come in. */
    private Flow flowThatHasSeenAllBefore(int nextIncomingId) {
        var flow = (Flow) Objects.requireNonNull(peer.readFrame());
        while (flow.getNextIncomingId().intValue() != nextIncomingId) {
            flow = (Flow) Objects.requireNonNull(peer.readFrame());
        }
        return flow;
    }

    // ---- links that the peer detached

    /** A peer that was sent four messages, and has detached its link. */
    private RecordingPeer detachesWithFour(boolean closed) {
        loopback.container.prepare = prepared -> prepared.keepsUnsettled = true;
        peer.open().begin().attachReceiver("link", 0);
        var server = loopback.container.peer();
        peer.send(0, flowPerformative(0, 4, 1, 100));
        await(() -> loopback.onServer(() -> server.senders.get(0).credit() == 4));
        loopback.runOnServer(() -> {
            for (int i = 0; i < 4; i++) {
                server.senders.get(0).send(NOTHING, ByteBuffer.wrap(new byte[] {1}), false, null);
            }
        });
        for (int i = 0; i < 4; i++) {
            peer.expect(Transfer.class);
        }
        peer.send(0, detachPerformative(0, closed)).expect(Detach.class);
        return server;
    }

    @Test
    @Spec("2.7.6/detached")
    void hearsWhatBecameOfDeliveriesThoughTheirLinkWasDetached() {
        var server = detachesWithFour(false);
        peer.send(0, accepted(1));
        var waiting = accepted(0);
        waiting.setSettled(false);
        peer.send(0, waiting);
        await(() -> server.lateDispositions.size() == 2);
        var first = server.lateDispositions.get(0);
        assertThat(first.tag().byteAt(0)).isEqualTo((byte) 1);
        assertThat(first.isRemotelySettled()).isTrue();
        assertThat(first.remoteState()).isEqualTo(Outcome.Accepted.INSTANCE);
        loopback.runOnServer(() -> server.lateDispositions.get(1).settle(Outcome.Accepted.INSTANCE));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getFirst().intValue()).isZero();
        assertThat(answer.getSettled()).isTrue();

        // The name and the handle are free meanwhile, and the ids go on.
        peer.attachReceiver("link", 0);
        peer.send(0, flowPerformative(0, 1, 5, 100));
        await(() -> loopback.onServer(() -> server.senders.get(1).credit() == 1));
        loopback.runOnServer(() -> server.senders.get(1).send(NOTHING, ByteBuffer.wrap(new byte[] {2}), false, null));
        assertThat(peer.expect(Transfer.class).getDeliveryId().intValue()).isEqualTo(4);
        peer.send(0, accepted(2));
        await(() -> server.lateDispositions.size() == 3);

        loopback.runOnServer(() -> server.senders.get(0).forget());
        peer.send(0, accepted(3)).send(0, accepted(4));
        await(() -> server.dispositions.size() == 1);
        assertThat(server.lateDispositions).hasSize(3);
    }

    @Test
    void hearsNoMoreOfDeliveriesWhoseLinkWasClosed() {
        var server = detachesWithFour(true);
        peer.send(0, accepted(1));
        assertSessionGoesOn();
        assertThat(server.lateDispositions).isEmpty();
        assertThat(server.dispositions).isEmpty();
    }

    @Test
    void sessionTakesWithItWhatMayStillBeSpokenOf() {
        var server = detachesWithFour(false);
        peer.send(0, accepted(1));
        await(() -> server.lateDispositions.size() == 1);
        peer.send(0, new End()).expect(End.class);
        peer.begin();
        loopback.runOnServer(() -> {
            server.lateDispositions.get(0).settle(Outcome.Accepted.INSTANCE);
            server.senders.get(0).forget();
        });
        peer.send(0, accepted(2));
        assertSessionGoesOn();
        assertThat(server.lateDispositions).hasSize(1);
    }
}
