package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.AmqpError;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.FrameBody;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the peer's frames and the engine, which believes every frame: what the peer may not send at this point
 * ends at the narrowest scope that the specification names, and the engine never sees it. Owned by the connection's
 * loop.
 */
final class FrameGuard implements FrameBody.FrameBodyHandler<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(FrameGuard.class);

    private final ProtonConnection connection;
    private final EngineTransport engine;
    private final List<@Nullable ProtonSession> sessionsByRemoteChannel = new ArrayList<>();
    /** The frame in hand: its events are dispatched before the next frame is read. */
    private Begin currentBegin = new Begin();

    private Attach currentAttach = new Attach();
    private String currentName = "";
    private int currentChannel;
    /** The link to which the current frame gives credit; null for none. */
    private @Nullable ProtonSendingLink currentFlow;

    private boolean opened;
    private boolean closed;
    private @Nullable FrameTrace trace;

    FrameGuard(ProtonConnection connection, EngineTransport engine) {
        this.connection = connection;
        this.engine = engine;
    }

    /** Whether frames are wanted at all. */
    boolean isReading() {
        return !closed && connection.input().isReading() && !connection.awaitsOpen();
    }

    /** From now on every frame is written down. */
    void traceTo(FrameTrace newTrace) {
        trace = newTrace;
    }

    void onFrame(FrameBody frame, int channel) {
        if (trace != null) {
            trace.received(frame, 0, channel);
        }
        if (channel > connection.channelMax()) {
            throw new ProtocolViolation(AmqpError.FRAMING_ERROR, "channel " + channel + " is over the channel-max");
        }
        if (connection.isClosing() && !(frame instanceof Close)) {
            // We said close; only the peer's answer matters (§2.4.3, discarding), or what lets us say it.
            if (connection.mayTransfer()) {
                onFrameBeforeOurClose(frame, channel);
            }
            return;
        }
        if (!opened && !(frame instanceof Open)) {
            throw new ProtocolViolation(
                    AmqpError.ILLEGAL_STATE, frame.getClass().getSimpleName() + " before open");
        }
        if (frame instanceof Disposition disposition && disposition.getRole() == Role.RECEIVER) {
            onReceiverDisposition(disposition, channel);
            return;
        }
        try {
            frame.invoke(this, null, channel);
        } catch (ProtocolViolation violation) {
            throw violation;
        } catch (RuntimeException bad) {
            LOG.debug("{}: engine refused {}", connection.remoteAddress(), frame, bad);
            throw new ProtocolViolation(AmqpError.DECODE_ERROR, "frame cannot be taken: " + bad);
        }
        connection.dispatchEvents();
        if (frame instanceof Flow) {
            tellOfFlow();
        }
    }

    void onTransfer(Transfer transfer, byte[] payload, int channel) {
        if (trace != null) {
            trace.received(transfer, payload.length, channel);
        }
        if (connection.isClosing()) {
            return;
        }
        ProtonSession session = session(channel, "transfer");
        if (session.isDiscarding() || !session.onTransferFrame()) {
            return;
        }
        if (!(session.links().byRemoteHandle(transfer.getHandle()) instanceof ProtonReceivingLink link)) {
            failHandle(session, transfer.getHandle(), "transfer");
            return;
        }
        if (link.isErrant()) {
            link.failErrant("transfer");
            return;
        }
        if (link.onTransfer(transfer, payload)) {
            engine.handleTransfer(transfer, null, channel);
            connection.dispatchEvents();
        }
    }

    private static void failHandle(ProtonSession session, @Nullable UnsignedInteger handle, String frame) {
        if (session.links().byRemoteHandle(handle) == null) {
            session.fail(AmqpError.UNATTACHED_HANDLE.because(frame + " for handle " + handle));
        } else {
            session.fail(AmqpError.NOT_ALLOWED.because(frame + " for handle " + handle + ", where we send"));
        }
    }

    private ProtonSession session(int channel, String frame) {
        ProtonSession session = sessionOrNull(channel);
        if (session == null) {
            if (channel > connection.channelMax()) {
                throw new ProtocolViolation(AmqpError.FRAMING_ERROR, "channel " + channel + " is over the channel-max");
            }
            throw new ProtocolViolation(
                    AmqpError.ILLEGAL_STATE, frame + " on channel " + channel + ", where no session has begun");
        }
        return session;
    }

    private @Nullable ProtonSession sessionOrNull(int channel) {
        return channel < sessionsByRemoteChannel.size() ? sessionsByRemoteChannel.get(channel) : null;
    }

    @Override
    public void handleOpen(Open open, @Nullable Binary payload, Integer channel) {
        if (opened) {
            throw new ProtocolViolation(AmqpError.ILLEGAL_STATE, "a second open");
        }
        if (channel != 0) {
            throw new ProtocolViolation(AmqpError.NOT_ALLOWED, "open on channel " + channel);
        }
        if (open.getContainerId() == null) {
            throw new ProtocolViolation(AmqpError.INVALID_FIELD, "open without container-id");
        }
        UnsignedInteger maxFrameSize = open.getMaxFrameSize();
        if (maxFrameSize != null
                && Integer.compareUnsigned(maxFrameSize.intValue(), EndpointLimits.MIN_MAX_FRAME_SIZE) < 0) {
            throw new ProtocolViolation(AmqpError.INVALID_FIELD, "max-frame-size of " + maxFrameSize + " is below 512");
        }
        UnsignedInteger idleTimeout = open.getIdleTimeOut();
        if (idleTimeout != null
                && idleTimeout.longValue() > 0
                && idleTimeout.longValue() < IdleWatch.IDLE_TIMEOUT_MIN_MILLIS) {
            throw new ProtocolViolation(
                    AmqpError.NOT_ALLOWED,
                    "an idle-time-out of " + idleTimeout + " ms cannot be met: ask for "
                            + IdleWatch.IDLE_TIMEOUT_MIN_MILLIS + " ms or more, or for none");
        }
        opened = true;
        connection.onRemoteOpen(open);
        engine.handleOpen(open, payload, channel);
    }

    @Override
    public void handleBegin(Begin begin, @Nullable Binary payload, Integer channel) {
        int remoteChannel = channel;
        if (remoteChannel < sessionsByRemoteChannel.size() && sessionsByRemoteChannel.get(remoteChannel) != null) {
            throw new ProtocolViolation(AmqpError.ILLEGAL_STATE, "a second begin on channel " + channel);
        }
        if (begin.getNextOutgoingId() == null) {
            throw new ProtocolViolation(AmqpError.INVALID_FIELD, "begin without next-outgoing-id");
        }
        if (begin.getRemoteChannel() != null) {
            int ourChannel = begin.getRemoteChannel().intValue() & 0xffff;
            ProtonSession ours = engine.session(ourChannel);
            if (ours == null || ours.isRemotelyBegun()) {
                throw new ProtocolViolation(
                        AmqpError.ILLEGAL_STATE, "begin answers channel " + ourChannel + ", where nothing was asked");
            }
        }
        if (begin.getRemoteChannel() == null && !hasChannelForAnswer()) {
            throw new ProtocolViolation(
                    AmqpError.NOT_ALLOWED,
                    "the channel-max in the open leaves no channel for the answer to one more begin");
        }
        currentBegin = begin;
        currentChannel = remoteChannel;
        engine.handleBegin(begin, payload, channel);
    }

    /** The lowest channel that is free is taken for each answer: the peer's channel-max bounds how many there are. */
    private boolean hasChannelForAnswer() {
        var theirs = connection.remoteOpen();
        return theirs == null
                || sessionsByRemoteChannel.stream().filter(Objects::nonNull).count() <= theirs.channelMax();
    }

    /** The engine took the current begin in. */
    void onSessionBegun(Session engineSession) {
        var ours = (ProtonSession) engineSession.getContext();
        ProtonSession session = ours != null ? ours : connection.newSession(engineSession);
        while (sessionsByRemoteChannel.size() <= currentChannel) {
            sessionsByRemoteChannel.add(null);
        }
        sessionsByRemoteChannel.set(currentChannel, session);
        session.onRemoteLimits(currentBegin);
        if (ours != null) {
            ours.onRemoteBegin();
        } else {
            connection.onNewSession(session);
        }
    }

    @Override
    public void handleAttach(Attach attach, @Nullable Binary payload, Integer channel) {
        ProtonSession session = session(channel, "attach");
        if (session.isDiscarding()) {
            return;
        }
        if (attach.getName() == null || attach.getHandle() == null || attach.getRole() == null) {
            throw new ProtocolViolation(AmqpError.INVALID_FIELD, "attach without name, handle or role");
        }
        long handle = attach.getHandle().longValue();
        if (handle > connection.limits().handleMax()) {
            throw new ProtocolViolation(AmqpError.FRAMING_ERROR, "handle " + handle + " is over the handle-max");
        }
        currentName = attach.getName();
        currentAttach = attach;
        if (session.links().beforeAttach(attach)) {
            engine.handleAttach(attach, payload, channel);
        }
    }

    /** The engine took the current attach in. */
    void onLinkAttached(Link engineLink) {
        ((ProtonSession) engineLink.getSession().getContext())
                .links()
                .onRemoteAttach(engineLink, currentAttach, currentName);
    }

    @Override
    public void handleFlow(Flow flow, @Nullable Binary payload, Integer channel) {
        ProtonSession session = session(channel, "flow");
        if (session.isDiscarding()) {
            openWindow(session, flow);
            return;
        }
        if (flow.getIncomingWindow() == null) {
            throw new ProtocolViolation(AmqpError.INVALID_FIELD, "flow without incoming-window");
        }
        if (flow.getNextOutgoingId() == null) {
            throw new ProtocolViolation(AmqpError.INVALID_FIELD, "flow without next-outgoing-id");
        }
        session.window().onFlow(flow.getNextOutgoingId(), flow.getNextIncomingId(), flow.getIncomingWindow());
        ProtonLink link = null;
        if (flow.getHandle() != null) {
            link = session.links().byRemoteHandle(flow.getHandle());
            if (link == null) {
                failHandle(session, flow.getHandle(), "flow");
                return;
            }
            if (link.isErrant()) {
                link.failErrant("flow");
                return;
            }
            onLinkFlow(link, flow, channel);
        }
        // A flow for one link opens the session's window for all of them.
        session.outbox().sendWaiting();
        if (flow.getEcho()) {
            if (link == null) {
                session.requestFlow();
            } else {
                link.requestFlow();
            }
        }
    }

    private void onLinkFlow(ProtonLink link, Flow flow, Integer channel) {
        if (link instanceof ProtonReceivingLink receiving && receiving.beforeFlow(flow)) {
            engine.handleFlow(flow, null, channel);
            connection.touch();
        } else if (link instanceof ProtonSendingLink sending && flow.getLinkCredit() != null) {
            sending.onCredit(flow);
            currentFlow = sending;
        }
    }

    /** The current frame was a flow, and has been taken in: whoever may send by it is told. */
    private void tellOfFlow() {
        ProtonSendingLink link = currentFlow;
        currentFlow = null;
        if (link != null) {
            link.onFlow();
        }
        connection.onMaybeWritable();
    }

    /** Our close waits for what is to be sent before: a window opens, or the session will never have one again. */
    private void onFrameBeforeOurClose(FrameBody frame, int channel) {
        ProtonSession session = sessionOrNull(channel);
        if (session == null) {
            return;
        }
        if (frame instanceof Flow flow) {
            openWindow(session, flow);
        } else if (frame instanceof End) {
            session.outbox().close();
            connection.onAllSent();
        }
    }

    /** Nothing of a flow matters any more but that it lets out what we have still to say. */
    private static void openWindow(ProtonSession session, Flow flow) {
        if (session.outbox().isWaiting() && flow.getIncomingWindow() != null && flow.getNextOutgoingId() != null) {
            session.window().onFlow(flow.getNextOutgoingId(), flow.getNextIncomingId(), flow.getIncomingWindow());
            session.outbox().sendWaiting();
        }
    }

    @Override
    public void handleTransfer(Transfer transfer, @Nullable Binary payload, Integer channel) {
        throw new IllegalStateException("transfers come by onTransfer");
    }

    @Override
    public void handleDisposition(Disposition disposition, @Nullable Binary payload, Integer channel) {
        ProtonSession session = session(channel, "disposition");
        if (session.isDiscarding()) {
            return;
        }
        check(disposition);
        if (disposition.getSettled()) {
            session.onSenderSettled(disposition, piece -> engine.handleDisposition(piece, payload, channel));
        } else if (disposition.getState() != null) {
            engine.handleDisposition(disposition, payload, channel);
        }
    }

    /** The peer speaks of what we have sent. */
    private void onReceiverDisposition(Disposition disposition, int channel) {
        ProtonSession session = session(channel, "disposition");
        if (session.isDiscarding()) {
            return;
        }
        check(disposition);
        if (disposition.getState() == null && !disposition.getSettled()) {
            // It says nothing.
            return;
        }
        int first = disposition.getFirst().intValue();
        session.outbox()
                .deliveries()
                .onDisposition(
                        first,
                        disposition.getLast() == null
                                ? first
                                : disposition.getLast().intValue(),
                        ProtonStates.fromEngine(disposition.getState()),
                        disposition.getSettled());
    }

    private static void check(Disposition disposition) {
        UnsignedInteger first = disposition.getFirst();
        if (first == null || disposition.getRole() == null) {
            throw new ProtocolViolation(AmqpError.INVALID_FIELD, "disposition without first or role");
        }
        if (disposition.getLast() != null && disposition.getLast().intValue() - first.intValue() < 0) {
            throw new ProtocolViolation(
                    AmqpError.INVALID_FIELD, "disposition from " + first + " to " + disposition.getLast());
        }
    }

    @Override
    public void handleDetach(Detach detach, @Nullable Binary payload, Integer channel) {
        ProtonSession session = session(channel, "detach");
        if (!session.isDiscarding() && session.links().beforeDetach(detach)) {
            engine.handleDetach(detach, payload, channel);
        }
    }

    /** A detach that came before the engine could take it in. */
    void replay(ProtonSession session, Detach detach) {
        int channel = sessionsByRemoteChannel.indexOf(session);
        if (channel >= 0 && !connection.isClosing()) {
            handleDetach(detach, null, channel);
            connection.dispatchEvents();
        }
    }

    @Override
    public void handleEnd(End end, @Nullable Binary payload, Integer channel) {
        session(channel, "end").beforeEnd();
        sessionsByRemoteChannel.set(channel, null);
        engine.handleEnd(end, payload, channel);
    }

    @Override
    public void handleClose(Close close, @Nullable Binary payload, Integer channel) {
        closed = true;
        engine.handleClose(close, payload, channel);
    }

    /** The connection is over. */
    void onConnectionOver() {
        sessions().forEach(ProtonSession::onConnectionOver);
    }

    /** Those that the peer has begun, or agreed to, and that it has not ended. */
    List<ProtonSession> sessions() {
        return sessionsByRemoteChannel.stream().flatMap(Stream::ofNullable).toList();
    }
}
