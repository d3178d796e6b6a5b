package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.beginPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Received;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Unsettled maps and resumed deliveries as frames: what the engine knows nothing of. */
class ResumptionTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Loopback loopback = new Loopback();
    private final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    private static Binary tag(int... bytes) {
        var tag = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tag[i] = (byte) bytes[i];
        }
        return Binary.copyOf(tag);
    }

    private static org.apache.qpid.proton.amqp.Binary engineTag(int... bytes) {
        return new org.apache.qpid.proton.amqp.Binary(tag(bytes).toByteArray());
    }

    private void serverListsAsUnsettled(UnsettledMap map) {
        var server = loopback.container.peer();
        server.onReceiverAttach = link -> {
            link.accept(echo(Objects.requireNonNull(link.remoteAttach())).withUnsettled(map), server);
            link.addCredit(10);
        };
        server.onSenderAttach = link ->
                link.accept(echo(Objects.requireNonNull(link.remoteAttach())).withUnsettled(map), server);
    }

    private static AttachParameters echo(AttachParameters theirs) {
        return AttachParameters.of(theirs.name(), theirs.source(), theirs.target())
                .withSettleModes(theirs.senderSettleMode(), theirs.receiverSettleMode());
    }

    private static Attach resumingAttach(Role role, Map<Object, @Nullable Object> unsettled) {
        Attach attach = attachPerformative("link", 0, role);
        attach.setUnsettled(unsettled);
        return attach;
    }

    @Test
    @Spec("2.6.13/unsettled-sent")
    void carriesUnsettledMapsBothWays() {
        peer.open().begin();
        Map<Binary, @Nullable DeliveryState> ours = new LinkedHashMap<>();
        ours.put(tag(1), Outcome.Accepted.INSTANCE);
        ours.put(tag(2, 3), null);
        serverListsAsUnsettled(new UnsettledMap(ours, false));
        Map<Object, @Nullable Object> theirs = new LinkedHashMap<>();
        theirs.put(engineTag(1), null);
        var received = new Received();
        received.setSectionNumber(UnsignedInteger.valueOf(4));
        received.setSectionOffset(org.apache.qpid.proton.amqp.UnsignedLong.valueOf(5));
        theirs.put(engineTag(9), received);

        peer.send(0, resumingAttach(Role.SENDER, theirs));
        Attach answer = peer.expect(Attach.class);

        Map<Object, @Nullable Object> expected = new HashMap<>();
        expected.put(engineTag(1), Accepted.getInstance());
        expected.put(engineTag(2, 3), null);
        assertThat((Object) answer.getUnsettled()).isEqualTo(expected);
        assertThat(answer.getIncompleteUnsettled()).isFalse();
        var heard = Objects.requireNonNull(
                        loopback.container.peer().receivers.get(0).remoteAttach())
                .unsettled();
        Map<Binary, @Nullable DeliveryState> expectedHeard = new HashMap<>();
        expectedHeard.put(tag(1), null);
        expectedHeard.put(tag(9), new dev.godwit.amqp.type.Received(4, 5));
        assertThat(heard).isEqualTo(new UnsettledMap(expectedHeard, false));
    }

    @Test
    @Spec("2.6.13/reattach-null")
    void linkThatIsNotResumedHasNoUnsettledMap() {
        peer.open().begin().send(0, attachPerformative("link", 0, Role.SENDER));
        assertThat((Object) peer.expect(Attach.class).getUnsettled()).isNull();
        assertThat(Objects.requireNonNull(
                                loopback.container.peer().receivers.get(0).remoteAttach())
                        .unsettled())
                .isNull();
    }

    @Test
    @Spec("2.7.3/unsettled-keys")
    void refusesUnsettledMapWithKeysThatAreNoTags() {
        peer.open().begin().send(0, resumingAttach(Role.SENDER, Map.of("tag", Accepted.getInstance())));
        assertThat(peer.expect(Attach.class).getTarget()).isNull();
        Detach detach = peer.expect(Detach.class);
        assertThat(condition(detach)).isEqualTo("amqp:invalid-field");
        assertThat(detach.getClosed()).isTrue();
    }

    @Test
    @Spec({"2.6.13/receiver-known", "2.7.5/resume-first"})
    void resumedDeliveryIsNoNewMessage() {
        peer.open().begin();
        var server = loopback.container.peer();
        serverListsAsUnsettled(new UnsettledMap(Map.of(tag(1), Outcome.Accepted.INSTANCE), false));
        Map<Object, @Nullable Object> theirs = new HashMap<>();
        theirs.put(engineTag(1), null);
        peer.send(0, resumingAttach(Role.SENDER, theirs)).expect(Attach.class);

        Transfer transfer = transferPerformative(0, 0);
        transfer.setDeliveryTag(engineTag(1));
        transfer.setResume(true);
        transfer.setMore(true);
        Transfer rest = transferPerformative(0, 0);
        rest.setDeliveryTag(null);
        rest.setDeliveryId(null);
        peer.send(0, transfer, new byte[] {1, 2, 3}).send(0, rest, new byte[] {4});

        // The recording peer does as a listener does that knows nothing of resumption.
        Disposition disposition = peer.expect(Disposition.class);
        assertThat(disposition.getSettled()).isTrue();
        assertThat(disposition.getState()).isInstanceOf(org.apache.qpid.proton.amqp.messaging.Released.class);
        assertThat(server.deliveries).isEmpty();
        peer.send(0, transferPerformative(0, 1), new byte[] {5});
        await(() -> server.deliveries.size() == 1);
        assertThat(server.deliveries.get(0).message().get(0)).isEqualTo((byte) 5);
    }

    @Test
    @Spec("2.6.13/receiver-known")
    void linkOutlivesResumptionBeyondItsCredit() {
        peer.open().begin();
        var server = loopback.container.peer();
        var map = new UnsettledMap(Map.of(tag(1), Outcome.Accepted.INSTANCE), false);
        server.onReceiverAttach = link ->
                link.accept(echo(Objects.requireNonNull(link.remoteAttach())).withUnsettled(map), server);
        Map<Object, @Nullable Object> theirs = new HashMap<>();
        theirs.put(engineTag(1), null);
        peer.send(0, resumingAttach(Role.SENDER, theirs)).expect(Attach.class);
        Transfer transfer = transferPerformative(0, 0);
        transfer.setDeliveryTag(engineTag(1));
        transfer.setResume(true);
        peer.send(0, transfer, new byte[] {1}).expect(Disposition.class);

        Flow asking = flowPerformative(0, 0, 1, 1_000);
        asking.setNextOutgoingId(UnsignedInteger.valueOf(2));
        asking.setDeliveryCount(UnsignedInteger.ONE);
        asking.setEcho(true);
        Flow answer = peer.send(0, asking).expect(Flow.class);
        assertThat(answer.getDeliveryCount()).isEqualTo(UnsignedInteger.ONE);
        assertThat(answer.getLinkCredit()).isEqualTo(UnsignedInteger.ZERO);
    }

    @Test
    @Spec("2.6.13/receiver-unknown")
    void ignoresResumedDeliveriesThatNoMapLists() {
        loopback.container.prepare = server -> server.creditForSenders = 2;
        peer.open().begin().attachSender("link", 0);
        for (int id = 0; id < 3; id++) {
            Transfer transfer = transferPerformative(0, id);
            transfer.setResume(true);
            peer.send(0, transfer, new byte[] {1});
            if (id < 2) {
                assertThat(peer.expect(Disposition.class).getSettled()).isTrue();
            }
        }
        // None of them was counted among those that may come without credit.
        assertThat(condition(peer.expect(Detach.class))).isEqualTo("amqp:link:transfer-limit-exceeded");
        assertThat(loopback.container.peer().deliveries).isEmpty();
    }

    /** What its attach did not list for want of room, the sender resumes when we list it. */
    @Test
    @Spec("2.6.13/receiver-incomplete")
    void takesUpWhatOnlyOurMapListsWhenThatOfTheSenderIsIncomplete() {
        peer.open().begin();
        var server = loopback.container.peer();
        Map<Binary, @Nullable DeliveryState> ours = new LinkedHashMap<>();
        Map<Object, @Nullable Object> theirs = new HashMap<>();
        for (int i = 0; i < 5; i++) {
            ours.put(tag(i), Outcome.Accepted.INSTANCE);
        }
        theirs.put(engineTag(0), null);
        var map = new UnsettledMap(ours, false);
        server.onReceiverAttach = link ->
                link.accept(echo(Objects.requireNonNull(link.remoteAttach())).withUnsettled(map), server);
        Attach attach = resumingAttach(Role.SENDER, theirs);
        attach.setIncompleteUnsettled(true);
        peer.send(0, attach).expect(Attach.class);
        for (int i = 0; i < 5; i++) {
            Transfer transfer = transferPerformative(0, i);
            transfer.setDeliveryTag(engineTag(i));
            transfer.setResume(true);
            peer.send(0, transfer, new byte[] {1});
            assertThat(peer.expect(Disposition.class).getFirst().intValue()).isEqualTo(i);
        }
    }

    @Test
    @Spec("2.7.5/resume-first")
    void resumedDeliveryOfManyFramesIsMarkedFromItsFirst() {
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).send(0, beginPerformative());
        var server = loopback.container.peer();
        serverListsAsUnsettled(new UnsettledMap(mapOf(tag(1), null), false));
        Map<Object, @Nullable Object> theirs = new HashMap<>();
        theirs.put(engineTag(1), null);
        peer.send(0, resumingAttach(Role.RECEIVER, theirs)).expect(Attach.class);
        loopback.runOnServer(
                () -> server.senders.get(0).resume(tag(1), NOTHING, ByteBuffer.wrap(new byte[1_200]), "resumed"));
        peer.send(0, flowPerformative(0, 2, 1, 100));
        Transfer first = peer.expect(Transfer.class);
        assertThat(first.getMore()).isTrue();
        assertThat(first.getResume()).isTrue();
        assertThat(first.getDeliveryTag()).isEqualTo(engineTag(1));
        int bytes = peer.payload.length;
        boolean more = true;
        while (more) {
            more = peer.expect(Transfer.class).getMore();
            bytes += peer.payload.length;
        }
        assertThat(bytes).isEqualTo(1_200);
    }

    @Test
    @Spec("2.6.13/sender-resumes")
    void resumedDeliveryGoesOutUnderItsTagAndIsMarked() {
        peer.open().begin();
        var server = loopback.container.peer();
        serverListsAsUnsettled(new UnsettledMap(mapOf(tag(1, 0), null), false));
        Map<Object, @Nullable Object> theirs = new HashMap<>();
        theirs.put(engineTag(1, 0), null);
        Attach attach = resumingAttach(Role.RECEIVER, theirs);
        peer.send(0, attach).expect(Attach.class);
        loopback.runOnServer(() -> {
            var link = server.senders.get(0);
            link.resume(tag(1, 0), NOTHING, ByteBuffer.wrap(new byte[600]), "resumed");
            server.onRoom = room -> {
                if (room.credit() > 0 && server.count("sent") == 0) {
                    server.heard.add("sent");
                    room.send(NOTHING, ByteBuffer.wrap(new byte[] {7}), false, null);
                }
            };
        });
        peer.send(0, flowPerformative(0, 2, 1, 100));

        Transfer first = peer.expect(Transfer.class);
        assertThat(first.getResume()).isTrue();
        assertThat(first.getDeliveryTag()).isEqualTo(engineTag(1, 0));
        assertThat(peer.payload).hasSize(600);
        Transfer second = peer.expect(Transfer.class);
        assertThat(second.getResume()).isFalse();
        // Beyond what either end holds from before.
        assertThat(second.getDeliveryTag()).isEqualTo(engineTag(1, 1));
        var disposition = new Disposition();
        disposition.setRole(Role.RECEIVER);
        disposition.setFirst(first.getDeliveryId());
        disposition.setState(Accepted.getInstance());
        disposition.setSettled(true);
        peer.send(0, disposition);
        await(() -> server.dispositions.size() == 1);
        assertThat(server.dispositions.get(0).attachment()).isEqualTo("resumed");
        assertThat(server.dispositions.get(0).tag()).isEqualTo(tag(1, 0));
    }

    @Test
    @Spec("2.6.13/incomplete")
    void nothingNewGoesOutAfterAnIncompleteMap() {
        peer.open().begin();
        Attach attach = resumingAttach(Role.RECEIVER, new HashMap<>());
        attach.setIncompleteUnsettled(true);
        peer.send(0, attach).expect(Attach.class);
        peer.send(0, flowPerformative(0, 10, 1, 100));
        var server = loopback.container.peer();
        await(() -> loopback.onServer(() -> !server.senders.isEmpty()));
        assertThat(loopback.onServer(() -> server.senders.get(0).credit())).isZero();
    }

    @Test
    @Spec("2.6.13/incomplete")
    void nothingNewIsTakenInAfterAnIncompleteMap() {
        peer.open().begin();
        serverListsAsUnsettled(new UnsettledMap(Map.of(), true));
        peer.send(0, resumingAttach(Role.SENDER, new HashMap<>())).expect(Attach.class);
        peer.send(0, transferPerformative(0, 0), new byte[] {1});
        assertThat(condition(peer.expect(Detach.class))).isEqualTo("amqp:not-allowed");
    }

    @Test
    @Spec("2.6.13/too-large")
    void mapThatDoesNotFitIsSentInPart() {
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).send(0, beginPerformative());
        Map<Binary, @Nullable DeliveryState> ours = new LinkedHashMap<>();
        for (int i = 0; i < 200; i++) {
            ours.put(tag(1, i), Outcome.Accepted.INSTANCE);
        }
        serverListsAsUnsettled(new UnsettledMap(ours, false));
        peer.send(0, resumingAttach(Role.SENDER, new HashMap<>()));

        Attach answer = peer.expect(Attach.class);

        assertThat(answer.getUnsettled().size()).isBetween(1, 99);
        assertThat(answer.getIncompleteUnsettled()).isTrue();
        assertThat(peer.largestFrame).isLessThanOrEqualTo(512);
    }

    @Test
    @Spec("2.7.5/rcv-settle-mode")
    void transferMayAskForFirstWhereSecondWasAgreed() {
        peer.open().begin();
        serverListsAsUnsettled(new UnsettledMap(Map.of(), false));
        Attach attach = attachPerformative("link", 0, Role.SENDER);
        attach.setRcvSettleMode(ReceiverSettleMode.SECOND);
        peer.send(0, attach).expect(Attach.class);
        Transfer asksForFirst = transferPerformative(0, 0);
        asksForFirst.setRcvSettleMode(ReceiverSettleMode.FIRST);
        peer.send(0, asksForFirst, new byte[] {1}).send(0, transferPerformative(0, 1), new byte[] {2});
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 2);
        assertThat(server.deliveries.get(0).receiverSettleMode())
                .isEqualTo(dev.godwit.amqp.type.ReceiverSettleMode.FIRST);
        assertThat(server.deliveries.get(1).receiverSettleMode())
                .isEqualTo(dev.godwit.amqp.type.ReceiverSettleMode.SECOND);
    }

    @Test
    @Spec("2.7.5/rcv-settle-mode")
    void detachesWhenTransferAsksForSecondWhereFirstWasAgreed() {
        peer.open().begin().attachSender("link", 0);
        Transfer transfer = transferPerformative(0, 0);
        transfer.setRcvSettleMode(ReceiverSettleMode.SECOND);
        peer.send(0, transfer, new byte[] {1});
        assertThat(condition(peer.expect(Detach.class))).isEqualTo("amqp:invalid-field");
    }

    private static String condition(Detach detach) {
        return String.valueOf(detach.getError().getCondition());
    }

    private static Map<Binary, @Nullable DeliveryState> mapOf(Binary tag, @Nullable DeliveryState state) {
        Map<Binary, @Nullable DeliveryState> map = new HashMap<>();
        map.put(tag, state);
        return map;
    }
}
