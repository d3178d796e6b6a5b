package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.condition;
import static dev.godwit.amqp.transport.RawPeer.detachPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a peer may not send of deliveries, sent by hand. */
class TransferGuardTest {
    private final Loopback loopback = new Loopback(ListenerOptions.of("127.0.0.1", 0)
            .withLimits(EndpointLimits.DEFAULTS.withMaxMessageSizeBytes(10_000).withSessionIncomingWindowFrames(100)));
    private final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    @Test
    @Spec("2.5.6/incoming-window")
    void endsSessionAtTransfersBeyondTheWindow() {
        loopback.container.prepare = server -> server.creditForSenders = 1;
        peer.open().begin().attachSender("link", 0);
        // Without a flow in between: one frame of many parts, in one packet, so that ours comes too late.
        var frames = new byte[200][];
        for (int i = 0; i < frames.length; i++) {
            var transfer = transferPerformative(0, 0);
            transfer.setMore(true);
            frames[i] = peer.frame(0, 0, transfer, (byte) 1);
        }
        peer.send(RawPeer.join(frames));
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:session:window-violation");
    }

    @Test
    @Spec({"2.5.6/reopens", "2.7.4/next-incoming-id"})
    void opensWindowAgainBeforeItIsShut() {
        loopback.container.prepare = server -> server.creditForSenders = 1_000;
        peer.open().begin().attachSender("link", 0);
        for (int i = 0; i < 50; i++) {
            peer.send(0, settled(i), (byte) 1);
        }
        var flow = peer.expect(Flow.class);
        assertThat(flow.getHandle()).isNull();
        assertThat(flow.getIncomingWindow().intValue()).isEqualTo(100);
        assertThat(flow.getNextIncomingId().intValue()).isEqualTo(51);
    }

    private static Transfer settled(int deliveryId) {
        var transfer = transferPerformative(0, deliveryId);
        transfer.setSettled(true);
        return transfer;
    }

    @Test
    @Spec({"2.6.7/credit-receiver", "2.6.5/link-error", "2.6.2/reuse"})
    void detachesAtTransferWithoutCredit() {
        loopback.container.prepare = server -> server.creditForSenders = 2;
        peer.open().begin().attachSender("link", 0);
        for (int i = 0; i < 3; i++) {
            peer.send(0, settled(i), (byte) 1);
        }
        var detach = peer.expect(Detach.class);
        assertThat(condition(detach.getError())).isEqualTo("amqp:link:transfer-limit-exceeded");
        assertThat(detach.getClosed()).isTrue();
        assertThat(loopback.container.peer().deliveries).hasSize(2);
        assertThat(loopback.container.peer().heard).contains("onClosed link");
        assertSessionIsUsable(3);
    }

    /** Detaches handle 0, and uses another link of the same session. */
    private void assertSessionIsUsable(int nextDeliveryId) {
        // On the way before the peer saw the detach: dropped without a word.
        peer.send(0, settled(nextDeliveryId), (byte) 9);
        peer.send(0, detachPerformative(0, false));
        int before = loopback.container.peer().deliveries.size();
        peer.attachSender("another", 0);
        peer.send(0, settled(nextDeliveryId + 1), (byte) 2);
        await(() -> loopback.container.peer().deliveries.size() == before + 1);
    }

    @Test
    @Spec("2.7.5/delivery-tag")
    void detachesAtFirstTransferWithoutTag() {
        peer.open().begin().attachSender("link", 0);
        var transfer = transferPerformative(0, 0);
        transfer.setDeliveryTag(null);
        peer.send(0, transfer, (byte) 1);
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:invalid-field");
        assertSessionIsUsable(0);
    }

    @Test
    @Spec("2.7.5/delivery-id")
    void detachesAtFirstTransferWithoutDeliveryId() {
        peer.open().begin().attachSender("link", 0);
        var transfer = transferPerformative(0, 0);
        transfer.setDeliveryId(null);
        peer.send(0, transfer, (byte) 1);
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:invalid-field");
    }

    @Test
    @Spec("2.8.8/order")
    void endsSessionWhenDeliveryIdJumps() {
        peer.open().begin().attachSender("link", 0);
        peer.send(0, settled(0), (byte) 1);
        peer.send(0, settled(2), (byte) 1);
        assertThat(peer.expectEndOfSession()).isEqualTo("amqp:invalid-field");
    }

    @Test
    @Spec("2.8.10/serial")
    void followsDeliveryIdsAroundTheirEnd() {
        peer.open().begin().attachSender("link", 0);
        for (int id = -2; id < 2; id++) {
            peer.send(0, transferPerformative(0, id), (byte) 1);
        }
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 4);
        loopback.runOnServer(() -> server.deliveries.forEach(delivery -> delivery.settle(Outcome.Accepted.INSTANCE)));
        var disposition = peer.expect(Disposition.class);
        assertThat(disposition.getFirst().intValue()).isEqualTo(-2);
        assertThat(disposition.getLast().intValue()).isEqualTo(1);
    }

    @Test
    @Spec("2.7.5/message-format")
    void detachesWhenMessageFormatChangesWithinDelivery() {
        peer.open().begin().attachSender("link", 0);
        var first = transferPerformative(0, 0);
        first.setMore(true);
        var second = transferPerformative(0, 0);
        second.setMessageFormat(UnsignedInteger.ONE);
        peer.send(0, first, (byte) 1).send(0, second, (byte) 2);
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:invalid-field");
        assertSessionIsUsable(1);
    }

    @Test
    @Spec("2.7.3/max-message-size")
    void announcesMaxMessageSizeAndDropsMessageAtTheByteBeyond() {
        peer.open().begin().send(0, attachPerformative("link", 0, Role.SENDER));
        assertThat(peer.expect(Attach.class).getMaxMessageSize().longValue()).isEqualTo(10_000);
        var body = new byte[2_500];
        for (int i = 0; i < 4; i++) {
            peer.send(0, transferPerformative(0, 0, true), body);
        }
        peer.send(0, transferPerformative(0, 0, true), (byte) 1);
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:link:message-size-exceeded");
        // The rest of it is still on its way.
        peer.send(0, transferPerformative(0, 0), body);
        assertSessionIsUsable(1);
        assertThat(loopback.container.peer().deliveries).hasSize(1);
    }

    @Test
    @Spec({"2.6.14/interleaved", "2.6.14/joined", "2.7.5/aborted"})
    void joinsInterleavedDeliveriesAndHidesAbortedOnes() {
        peer.open().begin().attachSender("one", 0);
        peer.attachSender("two", 1);
        Flow credit = peer.attachSender("three", 2);
        peer.send(0, transferPerformative(0, 0, true), (byte) 1)
                .send(0, transferPerformative(1, 1, true), (byte) 2)
                .send(0, transferPerformative(2, 2, true), (byte) 3)
                .send(0, transferPerformative(0, 0, false), (byte) 4);
        var aborted = transferPerformative(2, 2, false);
        aborted.setAborted(true);
        peer.send(0, aborted).send(0, transferPerformative(1, 1, false), (byte) 5);

        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 2);
        assertThat(server.deliveries.get(0).message()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 4}));
        assertThat(server.deliveries.get(1).message()).isEqualTo(ByteBuffer.wrap(new byte[] {2, 5}));
        // The aborted one used a credit, which comes back by itself.
        var flow = peer.expect(Flow.class);
        assertThat(flow.getDeliveryCount().intValue()).isEqualTo(1);
        assertThat(flow.getLinkCredit()).isEqualTo(credit.getLinkCredit());
    }

    @Test
    void detachesAtEndlessEmptyFrames() {
        peer.open().begin().attachSender("link", 0);
        Object answer = null;
        // Each fifty frames the window is half used, and a flow comes.
        for (int sent = 1; !(answer instanceof Detach) && sent < 2_000; sent++) {
            peer.send(0, transferPerformative(0, 0, true));
            if (sent % 50 == 0) {
                answer = peer.readFrame();
            }
        }
        assertThat(answer).isInstanceOf(Detach.class);
        assertThat(condition(((Detach) Objects.requireNonNull(answer)).getError()))
                .isEqualTo("amqp:invalid-field");
    }

    @Test
    @Spec("2.6.7")
    void detachesWhenDeliveryCountRunsAheadOfCredit() {
        loopback.container.prepare = server -> server.creditForSenders = 3;
        peer.open().begin().attachSender("link", 0);
        var flow = flowPerformative(0, 0, 1, 100);
        flow.setDeliveryCount(UnsignedInteger.valueOf(4));
        peer.send(0, flow);
        assertThat(condition(peer.expect(Detach.class).getError())).isEqualTo("amqp:link:transfer-limit-exceeded");
    }
}
