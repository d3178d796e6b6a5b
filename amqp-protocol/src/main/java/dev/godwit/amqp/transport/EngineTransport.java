package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.AmqpError;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedShort;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.FrameBody;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.codec.ReadableBuffer;
import org.apache.qpid.proton.engine.TransportException;
import org.apache.qpid.proton.engine.impl.TransportImpl;
import org.jspecify.annotations.Nullable;

/**
 * The engine's transport, with the frames that it is about to write put right: dispositions joined into ranges, windows
 * and limits as we announce them, link names as the peer knows them, flow echoes answered. Owned by the connection's
 * loop.
 *
 * <p>Design note: what we send the engine does not see: {@link SessionOutbox} writes transfers, and the engine has no
 * delivery of a sender. Frames come in through {@link FrameReader} and {@link FrameGuard}, not through the engine's own
 * parser, and go out by {@link #writeInto} straight into the socket's buffer; the engine's input and output adaptors
 * with their copies are never created.
 */
final class EngineTransport extends TransportImpl {
    private final EndpointLimits limits;
    private final PerformativeFit fit;
    private final DispositionRange range = new DispositionRange();
    private final ArrayDeque<ProtonSession> sessionFlowsDue = new ArrayDeque<>();
    private final ArrayDeque<ProtonLink> linkFlowsDue = new ArrayDeque<>();
    private final List<@Nullable ProtonSession> sessionsByLocalChannel = new ArrayList<>();
    private final Open open = new Open();
    private boolean suppressesDispositions;

    EngineTransport(EndpointLimits limits, PerformativeFit fit) {
        this.limits = limits;
        this.fit = fit;
        setOpen(limits.maxFrameSizeBytes(), limits.channelMax(), 0);
        setOutboundFrameSizeLimit(EndpointLimits.DEFAULTS.maxFrameSizeBytes());
    }

    /** What our open frame says beyond what the engine's connection knows. */
    void setOpen(long maxFrameSize, int channelMax, long idleTimeoutMillis) {
        open.setMaxFrameSize(UnsignedInteger.valueOf(maxFrameSize));
        open.setChannelMax(UnsignedShort.valueOf((short) channelMax));
        open.setIdleTimeOut(idleTimeoutMillis == 0 ? null : UnsignedInteger.valueOf(idleTimeoutMillis));
    }

    /** The peer's transfers have used half of the window, or it asked for our view of the session. */
    void flowDue(ProtonSession session) {
        sessionFlowsDue.add(session);
    }

    /** The peer asked for our view of the link. */
    void flowDue(ProtonLink link) {
        linkFlowsDue.add(link);
    }

    /** We settle what we sent, of which the engine knows nothing: to be written with what it has to say. */
    void settleSent(int channel, int deliveryId, @Nullable DeliveryState state) {
        if (!range.add(channel, Role.SENDER, deliveryId, true, state)) {
            writeRange();
            range.add(channel, Role.SENDER, deliveryId, true, state);
        }
    }

    /** From now on, or no longer, dispositions are dropped: the engine settles what a freed link left behind. */
    void suppressDispositions(boolean suppress) {
        suppressesDispositions = suppress;
    }

    @Override
    public boolean writeInto(ByteBuffer out) {
        boolean done = super.writeInto(out);
        if (range.isPending() || !sessionFlowsDue.isEmpty() || !linkFlowsDue.isEmpty()) {
            writeRange();
            writeDueFlows();
            done = super.writeInto(out);
        }
        return done;
    }

    @Override
    protected void writeFrame(
            int channel,
            @Nullable FrameBody frame,
            @Nullable ReadableBuffer payload,
            @Nullable Runnable onPayloadTooLarge) {
        if (frame instanceof Disposition disposition) {
            if (!suppressesDispositions && !range.add(channel, disposition)) {
                writeRange();
                range.add(channel, disposition);
            }
            return;
        }
        writeRange();
        if (frame instanceof Flow flow) {
            ProtonSession session = session(channel);
            if (session != null) {
                session.announceIn(flow);
            }
        } else if (frame instanceof Open ours) {
            ours.setMaxFrameSize(open.getMaxFrameSize());
            ours.setChannelMax(open.getChannelMax());
            ours.setIdleTimeOut(open.getIdleTimeOut());
        } else if (frame instanceof Begin begin) {
            onBegin(channel, begin);
        } else if (frame instanceof Attach attach) {
            onAttach(attach);
        } else if (frame instanceof Detach detach && detach.getError() != null) {
            ProtonSession session = session(channel);
            if (session != null) {
                session.links().onErrorSent(detach.getHandle());
            }
        }
        if (frame != null) {
            fit.shorten(frame);
        }
        super.writeFrame(channel, frame, payload, onPayloadTooLarge);
    }

    private void onBegin(int channel, Begin begin) {
        begin.setHandleMax(UnsignedInteger.valueOf(limits.handleMax()));
        if (begin.getProperties() instanceof SessionMark mark) {
            while (sessionsByLocalChannel.size() <= channel) {
                sessionsByLocalChannel.add(null);
            }
            sessionsByLocalChannel.set(channel, mark.session);
            mark.session.onBeginSent(channel);
            begin.setIncomingWindow(mark.session.window().frames());
            begin.setProperties(null);
        }
    }

    private void onAttach(Attach attach) {
        if (attach.getProperties() instanceof LinkMark mark) {
            attach.setName(mark.link.name());
            attach.setProperties(mark.isEmpty() ? null : mark);
            if (mark.unsettled != null) {
                UnsettledMaps.fill(attach, mark.unsettled);
                fit.shortenUnsettled(attach);
                mark.link.onUnsettledSent(attach.getIncompleteUnsettled());
            }
            mark.link.onAttachSent(attach.getHandle());
        }
    }

    private void writeRange() {
        if (range.isPending()) {
            super.writeFrame(range.channel(), fit.shortened(range.take()), null, null);
        }
    }

    private void writeDueFlows() {
        for (ProtonSession session; (session = sessionFlowsDue.poll()) != null; ) {
            if (session.takeFlowDue()) {
                writeFrame(session.localChannel(), new Flow(), null, null);
            }
        }
        for (ProtonLink link; (link = linkFlowsDue.poll()) != null; ) {
            Flow flow = link.takeFlowDue();
            if (flow != null) {
                writeFrame(link.session().localChannel(), flow, null, null);
            }
        }
    }

    /** The session that we began, or agreed to, on a channel of ours. */
    @Nullable
    ProtonSession session(int localChannel) {
        return localChannel < sessionsByLocalChannel.size() ? sessionsByLocalChannel.get(localChannel) : null;
    }

    /** The engine found something that its peer may not do; {@link FrameGuard} should have found it first. */
    @Override
    public void closed(@Nullable TransportException error) {
        String message = error == null ? "connection aborted" : String.valueOf(error.getMessage());
        throw new ProtocolViolation(AmqpError.FRAMING_ERROR, message);
    }

    /** Properties by which an endpoint of the engine's is known again: no others are equal. */
    private abstract static class Mark extends HashMap<Symbol, Object> {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /**
     * Marks the engine's session as ours: the begin frame that the engine builds carries its properties, and so leads
     * back to the session. Never sent.
     */
    static final class SessionMark extends Mark {
        private static final long serialVersionUID = 1L;
        private final transient ProtonSession session;

        SessionMark(ProtonSession session) {
            this.session = session;
        }
    }

    /** Marks the engine's link as ours, in the same way; these properties are sent unless there are none. */
    static final class LinkMark extends Mark {
        private static final long serialVersionUID = 1L;
        private final transient ProtonLink link;

        private final transient @Nullable UnsettledMap unsettled;

        LinkMark(ProtonLink link, @Nullable Map<Symbol, Object> properties, @Nullable UnsettledMap unsettled) {
            this.link = link;
            this.unsettled = unsettled;
            if (properties != null) {
                putAll(properties);
            }
        }
    }
}
