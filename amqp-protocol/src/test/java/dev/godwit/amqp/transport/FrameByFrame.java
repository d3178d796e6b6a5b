package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;

import dev.godwit.amqp.container.SendingLink;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A server that sends, and a peer made by hand that reads each frame and gives it credit and windows. */
abstract class FrameByFrame {
    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    static final int SHUT = 0;

    final Loopback loopback = new Loopback();
    final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    /** Links of the server to this peer, on handles from 0 on, each with credit. */
    List<SendingLink> links(int count, int credit, int incomingWindow) {
        for (int handle = 0; handle < count; handle++) {
            peer.attachReceiver("link" + handle, handle);
        }
        for (int handle = 0; handle < count; handle++) {
            peer.send(0, flowPerformative(handle, credit, 1, incomingWindow));
        }
        var server = loopback.container.peer();
        await(() -> server.senders.size() == count
                && loopback.onServer(() -> server.senders.stream().allMatch(link -> link.credit() == credit)));
        return server.senders;
    }

    void send(SendingLink link, int bytes, boolean settled) {
        link.send(NOTHING, ByteBuffer.allocate(bytes), settled, null);
    }

    static Flow opened(int nextIncomingId, int incomingWindow) {
        var flow = flowPerformative(0, 0, nextIncomingId, incomingWindow);
        flow.setHandle(null);
        flow.setDeliveryCount(null);
        flow.setLinkCredit(null);
        return flow;
    }

    static Disposition disposition(int first, int last, @Nullable DeliveryState state, boolean settled) {
        return RawPeer.dispositionPerformative(Role.RECEIVER, first, last, state, settled);
    }

    Object readFrame() {
        return Objects.requireNonNull(peer.readFrame());
    }

    /** Nothing but an answer comes when we ask for one. */
    Flow echo(Flow flow) {
        flow.setEcho(true);
        peer.send(0, flow);
        return (Flow) readFrame();
    }
}
