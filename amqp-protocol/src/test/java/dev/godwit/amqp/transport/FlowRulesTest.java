package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.beginPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Objects;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What both ends count: transfers, deliveries and credit. */
class FlowRulesTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Loopback loopback = new Loopback();
    private final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    private void sendsWhileThereIsCredit(int bytes) {
        loopback.container.prepare = server -> server.onRoom = link -> {
            while (link.credit() > 0 && link.isWritable()) {
                link.send(NOTHING, ByteBuffer.allocate(bytes), false, null);
            }
        };
    }

    private static Flow sessionFlow(int nextOutgoingId) {
        var flow = flowPerformative(0, 0, 1, 1_000);
        flow.setNextOutgoingId(UnsignedInteger.valueOf(nextOutgoingId));
        flow.setHandle(null);
        flow.setDeliveryCount(null);
        flow.setLinkCredit(null);
        flow.setEcho(true);
        return flow;
    }

    // ---- sessions

    @Test
    @Spec("2.5.6/next-incoming")
    void goesOnCountingFromWhatTheFlowOfThePeerSays() {
        peer.open().begin().attachSender("link", 0);
        peer.send(0, sessionFlow(40));
        assertThat(peer.expect(Flow.class).getNextIncomingId().intValue()).isEqualTo(40);
        peer.send(0, transferPerformative(0, 0), (byte) 1).send(0, sessionFlow(41));
        assertThat(peer.expect(Flow.class).getNextIncomingId().intValue()).isEqualTo(41);
        peer.send(0, sessionFlow(7));
        assertThat(peer.expect(Flow.class).getNextIncomingId().intValue()).isEqualTo(7);
    }

    @Test
    @Spec("2.8.10/serial")
    void countsTransfersAndDeliveriesAroundTheEndOfTheirNumbers() {
        var begin = beginPerformative();
        begin.setNextOutgoingId(UnsignedInteger.valueOf(-2));
        peer.open().send(0, begin).expect(Begin.class);
        var attach = attachPerformative("link", 0, Role.SENDER);
        attach.setInitialDeliveryCount(UnsignedInteger.valueOf(-2));
        var granted = peer.send(0, attach).expect(Flow.class);
        assertThat(granted.getDeliveryCount().intValue()).isEqualTo(-2);
        for (int id = 0; id < 4; id++) {
            var transfer = transferPerformative(0, id);
            transfer.setSettled(true);
            peer.send(0, transfer, (byte) id);
        }
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 4);
        var asking = flowPerformative(0, 0, 1, 1_000);
        asking.setNextOutgoingId(UnsignedInteger.valueOf(2));
        asking.setDeliveryCount(UnsignedInteger.valueOf(2));
        asking.setEcho(true);
        var answer = peer.send(0, asking).expect(Flow.class);
        assertThat(answer.getNextIncomingId().intValue()).isEqualTo(2);
        assertThat(answer.getDeliveryCount().intValue()).isEqualTo(2);
        assertThat(answer.getLinkCredit().intValue())
                .isEqualTo(granted.getLinkCredit().intValue() - 4);
    }

    /** The fields of a list are counted up to the last that is there. */
    @Test
    @Spec("2.7.4/session-only")
    void saysNothingOfALinkInAFlowOfTheSession() {
        peer.open().begin().attachSender("link", 0);
        peer.send(0, sessionFlow(1));
        var frame = ByteBuffer.wrap(peer.read(ByteBuffer.wrap(peer.read(4)).getInt() - 4));
        assertThat(frame.get(6)).as("descriptor").isEqualTo((byte) 0x13);
        assertThat(frame.get(7)).as("a short list").isEqualTo((byte) 0xc0);
        assertThat(frame.get(9)).as("fields").isEqualTo((byte) 4);
    }

    // ---- links

    @Test
    @Spec({"2.6.7/credit-sender", "2.7.4/delivery-count"})
    void countsCreditFromTheDeliveryCountThatTheReceiverHasSeen() {
        sendsWhileThereIsCredit(1);
        peer.open().begin().attachReceiver("link", 0);
        peer.send(0, flowPerformative(0, 3, 1, 100));
        for (int i = 0; i < 3; i++) {
            peer.expect(Transfer.class);
        }
        var flow = flowPerformative(0, 5, 2, 100);
        flow.setDeliveryCount(UnsignedInteger.ONE);
        flow.setEcho(true);
        peer.send(0, flow);
        int transfers = 0;
        Object frame = peer.readFrame();
        while (!(frame instanceof Flow)) {
            assertThat(frame).isInstanceOf(Transfer.class);
            transfers++;
            frame = peer.readFrame();
        }
        while (transfers < 3) {
            assertThat(peer.readFrame()).isInstanceOf(Transfer.class);
            transfers++;
        }
        peer.send(0, flow);
        var echo = (Flow) Objects.requireNonNull(peer.readFrame());
        assertThat(echo.getDeliveryCount().intValue()).isEqualTo(6);
        assertThat(echo.getLinkCredit().intValue()).isZero();
        assertThat(echo.getNextOutgoingId().intValue()).isEqualTo(7);
    }

    @Test
    @Spec("2.6.7/drain")
    void advancesItsDeliveryCountWhenItIsDrained() {
        loopback.container.prepare = server -> server.onRoom = link -> {
            if (link.isDraining()) {
                link.send(NOTHING, ByteBuffer.allocate(1), true, null);
                link.drained();
            }
        };
        peer.open().begin().attachReceiver("link", 0);
        var flow = flowPerformative(0, 9, 1, 100);
        flow.setDrain(true);
        peer.send(0, flow);
        assertThat(peer.readFrame()).isInstanceOf(Transfer.class);
        var drained = peer.expect(Flow.class);
        assertThat(drained.getDeliveryCount().intValue()).isEqualTo(9);
        assertThat(drained.getLinkCredit().intValue()).isZero();
        assertThat(drained.getDrain()).isTrue();
    }

    @Test
    @Spec("2.7.3/initial-delivery-count-ignored")
    void ignoresTheInitialDeliveryCountOfAReceiver() {
        sendsWhileThereIsCredit(1);
        peer.open().begin();
        var attach = attachPerformative("link", 0, Role.RECEIVER);
        attach.setInitialDeliveryCount(UnsignedInteger.valueOf(77));
        peer.send(0, attach);
        assertThat(peer.expect(Attach.class).getInitialDeliveryCount()).isEqualTo(UnsignedInteger.ZERO);
        var flow = flowPerformative(0, 2, 1, 100);
        flow.setDeliveryCount(null);
        peer.send(0, flow);
        for (int i = 0; i < 2; i++) {
            assertThat(peer.readFrame()).isInstanceOf(Transfer.class);
        }
        flow.setEcho(true);
        flow.setNextIncomingId(UnsignedInteger.valueOf(3));
        peer.send(0, flow);
        var echo = (Flow) Objects.requireNonNull(peer.readFrame());
        assertThat(echo.getDeliveryCount().intValue()).isEqualTo(2);
        assertThat(echo.getLinkCredit().intValue()).isZero();
    }

    @Test
    @Spec("2.7.5/first-sent")
    void saysInTheFirstTransferWhatTheDeliveryIs() {
        sendsWhileThereIsCredit(1_000);
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).begin().attachReceiver("link", 0);
        peer.send(0, flowPerformative(0, 2, 1, 100));
        var tags = new ArrayList<Object>();
        for (int delivery = 0; delivery < 2; delivery++) {
            var first = peer.expect(Transfer.class);
            assertThat(first.getMore()).isTrue();
            assertThat(first.getDeliveryId().intValue()).isEqualTo(delivery);
            assertThat(first.getMessageFormat()).isEqualTo(UnsignedInteger.ZERO);
            tags.add(first.getDeliveryTag());
            var next = peer.expect(Transfer.class);
            while (next.getMore()) {
                next = peer.expect(Transfer.class);
            }
            assertThat(next.getDeliveryId()).isIn(null, first.getDeliveryId());
            assertThat(next.getDeliveryTag()).isIn(null, first.getDeliveryTag());
        }
        assertThat(tags).doesNotContainNull().doesNotHaveDuplicates();
    }
}
