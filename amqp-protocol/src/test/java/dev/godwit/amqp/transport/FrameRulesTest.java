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

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Objects;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedShort;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Single rules of the transport's frames, each told by the frames of one peer. */
class FrameRulesTest {
    private static final byte[] NOTHING = {};

    private final Loopback loopback = new Loopback();
    private final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    /** The same frame with four bytes more in its header. */
    private static byte[] withExtendedHeader(byte[] frame) {
        return ByteBuffer.allocate(frame.length + 4)
                .putInt(frame.length + 4)
                .put((byte) 3)
                .put(frame, 5, 3)
                .putInt(0xdeadbeef)
                .put(frame, 8, frame.length - 8)
                .array();
    }

    @Test
    @Spec({"2.3.1/extended-header", "2.3.2/empty"})
    void ignoresExtendedHeadersAndEmptyFrames() {
        peer.open();
        peer.send(peer.frame(0, 0, null), peer.frame(0, 5, null), withExtendedHeader(peer.frame(0, 7, null)));
        peer.send(withExtendedHeader(peer.frame(0, 0, beginPerformative())));
        peer.expect(Begin.class);
        peer.attachSender("link", 0);
        peer.send(withExtendedHeader(peer.frame(0, 0, transferPerformative(0, 0), (byte) 9)));
        await(() -> loopback.container.peer().deliveries.size() == 1);
        assertThat(loopback.container.peer().deliveries.get(0).message()).isEqualTo(ByteBuffer.wrap(new byte[] {9}));
    }

    // ---- sessions

    @Test
    @Spec("2.5.1/remote-channel")
    void namesTheChannelOfTheBeginThatItAnswers() {
        peer.open();
        for (int channel : new int[] {6, 0, 3}) {
            peer.send(channel, beginPerformative());
            assertThat(peer.expect(Begin.class).getRemoteChannel().intValue()).isEqualTo(channel);
        }
    }

    @Test
    @Spec("2.7.2/remote-channel-unknown")
    void closesAtBeginThatAnswersNothing() {
        var begin = beginPerformative();
        begin.setRemoteChannel(UnsignedShort.valueOf((short) 4));
        peer.open().send(0, begin);
        assertThat(peer.expectClose()).isNotNull();
        assertThat(loopback.container.peer().heard).doesNotContain("onSession");
    }

    @Test
    @Spec("2.5.4/discarding")
    void discardsEverythingButEndAfterItsOwnEnd() {
        peer.open().begin().attachSender("link", 0);
        var server = loopback.container.peer();
        loopback.runOnServer(() -> server.sessions.get(0).end(AmqpError.INTERNAL_ERROR.because("over")));
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:internal-error");
        peer.send(0, transferPerformative(0, 0), (byte) 1).send(0, attachPerformative("late", 1, Role.SENDER));
        peer.send(0, flowPerformative(9, 1, 1, 100)).send(0, new End());
        peer.send(0, beginPerformative());
        assertThat(peer.readFrame()).isInstanceOf(Begin.class);
        peer.attachSender("next", 0);
        assertThat(server.deliveries).isEmpty();
        assertThat(server.heard).doesNotContain("onAttach receiver late");
    }

    @Test
    @Spec("2.5.6/compute")
    void countsTheWindowFromItsFirstIdUntilThePeerHasSeenIt() {
        sendsWhileThereIsCredit();
        peer.open().begin().attachReceiver("link", 0);
        var flow = flowPerformative(0, 10, 1, 2);
        flow.setNextIncomingId(null);
        peer.send(0, flow);
        assertThat(transfersUpToEcho(flow)).isEqualTo(2);
        flow.setIncomingWindow(UnsignedInteger.valueOf(3));
        peer.send(0, flow);
        assertThat(transfersUpToEcho(flow)).isEqualTo(1);
    }

    private void sendsWhileThereIsCredit() {
        loopback.container.prepare = server -> server.onRoom = link -> {
            while (link.credit() > 0 && link.isWritable()) {
                link.send(ByteBuffer.wrap(NOTHING), ByteBuffer.allocate(1), true, null);
            }
        };
    }

    /** Says the same once more, asking for an answer, before which everything else has come. */
    private int transfersUpToEcho(Flow flow) {
        flow.setEcho(true);
        peer.send(0, flow);
        flow.setEcho(false);
        int transfers = 0;
        for (Object frame = peer.readFrame(); !(frame instanceof Flow); frame = peer.readFrame()) {
            assertThat(frame).isInstanceOf(Transfer.class);
            transfers++;
        }
        return transfers;
    }

    // ---- links

    @Test
    @Spec({"2.6.7/initial-count", "2.7.3/initial-delivery-count-sent"})
    void countsCreditFromTheInitialDeliveryCount() {
        sendsWhileThereIsCredit();
        peer.open().begin();
        assertThat(peer.attachReceiver("link", 0).getInitialDeliveryCount()).isNotNull();
        var flow = flowPerformative(0, 2, 1, 100);
        flow.setDeliveryCount(null);
        peer.send(0, flow);
        assertThat(transfersUpToEcho(flow)).isEqualTo(2);
        flow.setLinkCredit(UnsignedInteger.valueOf(3));
        peer.send(0, flow);
        assertThat(transfersUpToEcho(flow)).isEqualTo(1);
    }

    @Test
    @Spec("2.6.12/tags-per-link")
    void tellsTheSameTagOnTwoLinksApart() {
        peer.open().begin().attachSender("one", 0);
        peer.attachSender("two", 1);
        for (int link = 0; link < 2; link++) {
            var transfer = transferPerformative(link, link);
            transfer.setDeliveryTag(new Binary(new byte[] {7}));
            peer.send(0, transfer, (byte) link);
        }
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 2);
        for (int link = 0; link < 2; link++) {
            assertThat(server.deliveries.get(link).message()).isEqualTo(ByteBuffer.wrap(new byte[] {(byte) link}));
        }
    }

    @Test
    @Spec("2.8.7/length")
    void detachesAtATagOfMoreThan32Bytes() {
        peer.open().begin().attachSender("link", 0);
        var transfer = transferPerformative(0, 0);
        transfer.setDeliveryTag(new Binary(new byte[32]));
        peer.send(0, transfer, (byte) 1);
        await(() -> loopback.container.peer().deliveries.size() == 1);
        transfer = transferPerformative(0, 1);
        transfer.setDeliveryTag(new Binary(new byte[33]));
        peer.send(0, transfer, (byte) 1);
        assertThat(peer.expect(Detach.class).getError()).isNotNull();
        assertThat(loopback.container.peer().deliveries).hasSize(1);
    }

    /** What the peer takes for part of a transaction until it sees our detach, the transaction must not miss unnoticed. */
    @Test
    void saysWhatCameWithADeliveryThatWasDroppedAtADetachOrBehindIt() {
        peer.open().begin().attachSender("link", 0);
        var transfer = transferPerformative(0, 0);
        transfer.setDeliveryTag(new Binary(new byte[33]));
        transfer.setState(inTransaction(1));
        peer.send(0, transfer, (byte) 1);
        assertThat(peer.expect(Detach.class).getError()).isNotNull();
        for (int part = 0; part < 3; part++) {
            transfer = transferPerformative(0, 1);
            transfer.setMore(part < 2);
            transfer.setState(part == 0 ? inTransaction(2) : null);
            peer.send(0, transfer, (byte) part);
        }
        peer.send(0, transferPerformative(0, 2), (byte) 1);
        transfer = transferPerformative(0, 3);
        transfer.setState(inTransaction(3));
        peer.send(0, transfer, (byte) 1);
        var server = loopback.container.peer();
        await(() -> server.has(dropped(3)));
        assertThat(server.heard.stream().filter(event -> event.startsWith("onDropped")))
                .containsExactly(dropped(1), dropped(2), dropped(3));
        assertThat(server.deliveries).isEmpty();
    }

    private static TransactionalState inTransaction(int id) {
        var state = new TransactionalState();
        state.setTxnId(new Binary(new byte[] {(byte) id}));
        return state;
    }

    private static String dropped(int id) {
        return "onDropped "
                + new dev.godwit.amqp.type.TransactionalState(new TransactionId(new byte[] {(byte) id}), null);
    }

    @Test
    @Spec("2.7.5/settled-later")
    void takesADeliveryForSettledWhenOneOfItsTransfersSaidSo() {
        peer.open().begin().attachSender("link", 0);
        var server = loopback.container.peer();
        for (int settled = 0; settled < 3; settled++) {
            for (int part = 0; part < 3; part++) {
                var transfer = transferPerformative(0, settled);
                transfer.setMore(part < 2);
                transfer.setSettled(part == settled);
                peer.send(0, transfer, (byte) part);
            }
            int expected = settled + 1;
            await(() -> server.deliveries.size() == expected);
            assertThat(server.deliveries.get(settled).isRemotelySettled())
                    .as("settled by part %d", settled)
                    .isTrue();
        }
    }

    @Test
    @Spec("2.7.6/role")
    void takesADispositionForDeliveriesOfItsDirectionOnly() {
        loopback.container.prepare = server -> server.onRoom = link -> {
            if (link.credit() > 0) {
                link.send(ByteBuffer.wrap(NOTHING), ByteBuffer.allocate(1), false, null);
            }
        };
        peer.open().begin().attachReceiver("in", 0);
        var flow = flowPerformative(0, 1, 1, 100);
        peer.send(0, flow);
        var id = peer.expect(Transfer.class).getDeliveryId();
        var disposition = new Disposition();
        disposition.setRole(Role.SENDER);
        disposition.setFirst(id);
        disposition.setSettled(true);
        disposition.setState(Accepted.getInstance());
        peer.send(0, disposition);
        // An answer to what came behind it shows that it has been read.
        peer.send(0, attachPerformative("fence", 1, Role.RECEIVER));
        assertThat(peer.expect(Attach.class).getName()).isEqualTo("fence");
        var server = loopback.container.peer();
        assertThat(server.dispositions).isEmpty();
        disposition.setRole(Role.RECEIVER);
        peer.send(0, disposition);
        await(() -> server.dispositions.size() == 1);
        assertThat(Objects.requireNonNull(server.dispositions.get(0)).isRemotelySettled())
                .isTrue();
    }

    // ---- limits of the peer's

    @Test
    @Spec("2.7.1/channel-max-sent")
    void usesNoChannelThatThePeerCannotTake() {
        var open = openPerformative();
        open.setChannelMax(UnsignedShort.valueOf((short) 1));
        peer.open(open);
        for (int begun = 0; begun < 2; begun++) {
            peer.send(7 * begun, beginPerformative()).expect(Begin.class);
            assertThat(peer.channel).isLessThanOrEqualTo(1);
        }
        peer.send(7, new End()).expect(End.class);
        peer.send(3, beginPerformative()).expect(Begin.class);
        assertThat(peer.channel).isLessThanOrEqualTo(1);
        peer.send(4, beginPerformative());
        assertThat(condition(peer.expectClose())).isEqualTo("amqp:not-allowed");
    }

    @Test
    @Spec("2.7.2/handle-max-sent")
    void usesNoHandleThatThePeerCannotTake() {
        var begin = beginPerformative();
        begin.setHandleMax(UnsignedInteger.ONE);
        peer.open().send(0, begin).expect(Begin.class);
        for (int attached = 0; attached < 2; attached++) {
            var answer = peer.attachReceiver("link " + attached, 5 * attached);
            assertThat(answer.getHandle().intValue()).isLessThanOrEqualTo(1);
        }
        peer.send(0, detachPerformative(5, true)).expect(Detach.class);
        assertThat(peer.attachReceiver("third", 2).getHandle().intValue()).isLessThanOrEqualTo(1);
        peer.send(0, attachPerformative("fourth", 3, Role.RECEIVER));
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:not-allowed");
        peer.send(0, new End());
        peer.begin().attachReceiver("link 0", 0);
    }

    // ---- both at once

    @Test
    @Spec("2.5.3/simultaneous")
    void bothMayEndASessionAtOnce() {
        peer.open().begin();
        var server = loopback.container.peer();
        loopback.runOnServer(() -> server.sessions.get(0).end(AmqpError.INTERNAL_ERROR.because("over")));
        peer.send(0, new End()).send(0, beginPerformative());
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:internal-error");
        assertThat(peer.readFrame()).isInstanceOf(Begin.class);
        peer.attachSender("link", 0);
    }

    // ---- transfers

    @Test
    @Spec("2.7.5/rcv-settle-mode-settled")
    void ignoresTheReceiverSettleModeOfWhatIsSettled() {
        peer.open().begin().attachSender("link", 0);
        var transfer = transferPerformative(0, 0);
        transfer.setSettled(true);
        transfer.setRcvSettleMode(ReceiverSettleMode.SECOND);
        peer.send(0, transfer, (byte) 1);
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);
        assertThat(server.deliveries.get(0).isRemotelySettled()).isTrue();
    }

    @Test
    @Spec("2.7.5/aborted-more")
    void takesWhatIsAbortedForEndedThoughMoreWasSaid() {
        peer.open().begin().attachSender("link", 0);
        var first = transferPerformative(0, 0);
        first.setMore(true);
        var aborted = transferPerformative(0, 0);
        aborted.setMore(true);
        aborted.setAborted(true);
        peer.send(0, first, (byte) 1).send(0, aborted, (byte) 2).send(0, transferPerformative(0, 1), (byte) 3);
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);
        assertThat(server.deliveries.get(0).message()).isEqualTo(ByteBuffer.wrap(new byte[] {3}));
    }

    @Test
    @Spec({"2.6.14/one-link", "2.7.5/delivery-id"})
    void endsTheSessionWhenADeliveryBeginsWithinAnother() {
        peer.open().begin().attachSender("link", 0);
        var first = transferPerformative(0, 0);
        first.setMore(true);
        peer.send(0, first, (byte) 1).send(0, transferPerformative(0, 1), (byte) 2);
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:invalid-field");
        assertThat(loopback.container.peer().deliveries).isEmpty();
    }

    /** Lists of fields, the mandatory one null or left out. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "11 c0 04 03 40 40 43", // begin without next-outgoing-id
                "11 c0 05 04 40 43 40 43", // without incoming-window
                "11 c0 05 04 40 43 43 40", // without outgoing-window
                "11 45",
                "12 c0 04 03 40 43 42", // attach without name
                "12 c0 06 03 a1 01 61 40 42", // without handle
                "12 c0 07 03 a1 01 61 52 09 40", // without role
                "12 c0 06 02 a1 01 61 52 09",
                "13 c0 05 04 43 40 43 43", // flow without incoming-window
                "13 c0 05 04 43 43 40 43", // without next-outgoing-id
                "13 c0 05 04 43 43 43 40", // without outgoing-window
                "14 c0 02 01 40", // transfer without handle
                "14 45",
                "15 c0 03 02 40 43", // disposition without role
                "15 c0 03 02 41 40", // without first
                "15 45",
                "16 c0 02 01 40", // detach without handle
                "16 45",
                "16 c0 0b 03 52 00 42 00 53 1d c0 02 01 40", // with an error without condition
                "17 c0 08 01 00 53 1d c0 02 01 40",
                "17 c0 05 01 00 53 1d 45",
                "18 c0 08 01 00 53 1d c0 02 01 40"
            })
    @Spec({"2.7/mandatory", "2.8.14/condition"})
    void refusesPerformativesWithoutMandatoryFields(String performative) {
        peer.open().begin().attachSender("link", 0);
        byte[] fields = HexFormat.of().parseHex(performative.replace(" ", ""));
        byte[] body = RawPeer.join(new byte[] {0, 0x53}, fields);
        int channel = fields[0] == 0x11 ? 1 : 0;
        peer.send(peer.frame(0, channel, null, body));
        Object end = peer.readFrame();
        assertThat(end).isInstanceOfAny(Close.class, End.class);
        peer.finish();
        assertThat(loopback.container.peer().deliveries).isEmpty();
    }

    /** The peer closes what we detach at the same time. */
    @Test
    @Spec("2.6.6/crossing")
    void closesAgainWhatThePeerClosedWhileItWasDetachedHere() {
        peer.open().begin();
        var server = loopback.container.peer();
        for (Role role : Role.values()) {
            int handle = role == Role.SENDER ? 0 : 1;
            String name = "crossing " + role;
            if (role == Role.SENDER) {
                peer.attachSender(name, handle);
                loopback.runOnServer(() -> server.receivers.get(0).detach(null));
            } else {
                peer.attachReceiver(name, handle);
                loopback.runOnServer(() -> server.senders.get(0).detach(null));
            }
            assertThat(peer.expect(Detach.class).getClosed()).isFalse();
            peer.send(0, detachPerformative(handle, true));

            var again = peer.expect(Attach.class);
            assertThat(again.getName()).isEqualTo(name);
            assertThat(again.getRole()).isEqualTo(role == Role.SENDER ? Role.RECEIVER : Role.SENDER);
            var closing = peer.expect(Detach.class);
            assertThat(closing.getHandle()).isEqualTo(again.getHandle());
            assertThat(closing.getClosed()).isTrue();
            peer.send(0, attachPerformative(name, handle, role)).send(0, detachPerformative(handle, true));
        }
        // Both names are free, and nothing was heard of the links' second lives.
        peer.attachSender("crossing " + Role.SENDER, 0);
        peer.attachReceiver("crossing " + Role.RECEIVER, 1);
        assertThat(server.receivers).hasSize(2);
        assertThat(server.senders).hasSize(2);
    }

    @Test
    void leavesAStolenNameToItsThief() {
        peer.open().begin().attachSender("link", 0);
        peer.send(0, attachPerformative("link", 1, Role.SENDER));
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:link:stolen");
        peer.expect(Attach.class);
        peer.send(0, detachPerformative(0, true)).send(0, transferPerformative(1, 0), (byte) 1);
        await(() -> loopback.container.peer().deliveries.size() == 1);
        peer.send(0, detachPerformative(1, true));
        var next = peer.expect(Detach.class);
        assertThat(next.getClosed()).isTrue();
        peer.attachSender("link", 2);
    }
}
