package dev.godwit.amqp.transport;

import java.util.function.Supplier;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.FrameBody;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.engine.impl.ProtocolTracer;
import org.apache.qpid.proton.framing.TransportFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes frames to the logger {@code dev.godwit.amqp.FRAMES}, at its finest level: performatives, and how long the payload
 * is, not what it says. Frames of SASL are not seen here, so no password is. Owned by the connection's loop.
 */
final class FrameTrace implements ProtocolTracer {
    static final String LOGGER = "dev.godwit.amqp.FRAMES";
    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);

    private final Supplier<String> peer;

    FrameTrace(Supplier<String> peer) {
        this.peer = peer;
    }

    void received(FrameBody frame, int payloadBytes, int channel) {
        LOG.trace("{} <- [{}] {}, {} bytes", peer.get(), channel, frame, payloadBytes);
    }

    /** A frame that the engine knows nothing of. */
    void sentTransfer(int channel, int handle, WaitingTransfer sent, int payloadBytes, boolean more) {
        var transfer = new Transfer();
        transfer.setHandle(UnsignedInteger.valueOf(handle));
        transfer.setDeliveryId(UnsignedInteger.valueOf(sent.delivery().id()));
        transfer.setDeliveryTag(new Binary(sent.delivery().tag().toByteArray()));
        transfer.setMessageFormat(UnsignedInteger.ZERO);
        transfer.setSettled(sent.isSettled());
        transfer.setMore(more);
        transfer.setState(sent.state() == null ? null : ProtonStates.toEngine(sent.state()));
        transfer.setResume(sent.isResumed());
        transfer.setAborted(sent.isAborted());
        LOG.trace("{} -> [{}] {}, {} bytes", peer.get(), channel, transfer, payloadBytes);
    }

    @Override
    public void receivedFrame(TransportFrame frame) {
        // The engine is handed performatives, and never a frame.
    }

    @Override
    public void sentFrame(TransportFrame frame) {
        var payload = frame.getPayload();
        LOG.trace(
                "{} -> [{}] {}, {} bytes",
                peer.get(),
                frame.getChannel(),
                frame.getBody(),
                payload == null ? 0 : payload.getLength());
    }
}
