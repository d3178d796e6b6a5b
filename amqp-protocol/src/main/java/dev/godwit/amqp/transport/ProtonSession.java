package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/**
 * One session: its window, its links by handle and by name. Owned by the connection's loop; lives from the first begin
 * to the second end, or to the end of its connection.
 */
final class ProtonSession implements Session {
    private final ProtonConnection connection;
    private final org.apache.qpid.proton.engine.Session engineSession;
    private final SessionWindow window;
    private final SessionOutbox outbox;
    private final UnfinishedDeliveries unfinished = new UnfinishedDeliveries();
    private final Map<UnsignedInteger, ProtonLink> linksByRemoteHandle = new HashMap<>();
    private final LinkNames senders = new LinkNames();
    private final LinkNames receivers = new LinkNames();
    private final Set<ProtonSendingLink> lingering = new HashSet<>();
    private @Nullable SessionListener listener;
    private SessionState state;
    private int localChannel = -1;
    private long remoteHandleMax = 0xffffffffL;
    private boolean flowDue;
    /** Our end is to be written as soon as nothing waits that was to be sent before. */
    private boolean endDue;

    private boolean remotelyBegun;
    private boolean hasDeliveryId;
    /** Counted on beyond the ids, which begin again at 0. */
    private long lastDelivery;

    private @Nullable ErrorCondition attachFault;

    ProtonSession(
            ProtonConnection connection,
            org.apache.qpid.proton.engine.Session engineSession,
            SessionState state,
            @Nullable SessionListener listener) {
        this.connection = connection;
        this.engineSession = engineSession;
        this.state = state;
        this.listener = listener;
        remotelyBegun = state == SessionState.MAPPED;
        window = new SessionWindow(connection.limits().sessionIncomingWindowFrames(), connection.untakenParts());
        outbox = new SessionOutbox(this, window);
        engineSession.setContext(this);
        engineSession.setProperties(new EngineTransport.SessionMark(this));
        engineSession.open();
    }

    // ---- what the container asks

    @Override
    public ProtonConnection connection() {
        return connection;
    }

    @Override
    public SendingLink attachSender(AttachParameters parameters, SendingLinkListener linkListener) {
        connection.assertOnLoop();
        return newSender(parameters, linkListener);
    }

    private ProtonSendingLink newSender(AttachParameters parameters, @Nullable SendingLinkListener linkListener) {
        leaveNameTo(parameters.name(), senders);
        Sender sender = engineSession.sender(senders.newEngineName(parameters.name()));
        var link = new ProtonSendingLink(this, parameters.name(), sender, LinkState.ATTACH_SENT, linkListener);
        senders.addOurs(link);
        link.sendAttach(parameters);
        return link;
    }

    @Override
    public ReceivingLink attachReceiver(AttachParameters parameters, ReceivingLinkListener linkListener) {
        connection.assertOnLoop();
        return newReceiver(parameters, linkListener);
    }

    private ProtonReceivingLink newReceiver(AttachParameters parameters, @Nullable ReceivingLinkListener linkListener) {
        leaveNameTo(parameters.name(), receivers);
        Receiver receiver = engineSession.receiver(receivers.newEngineName(parameters.name()));
        var link = new ProtonReceivingLink(this, parameters.name(), receiver, LinkState.ATTACH_SENT, linkListener);
        receivers.addOurs(link);
        link.sendAttach(link.withLimit(parameters));
        return link;
    }

    @Override
    public void end(@Nullable ErrorCondition error) {
        connection.assertOnLoop();
        if (state == SessionState.BEGIN_SENT || state == SessionState.MAPPED) {
            become(SessionState.END_SENT);
            linksOver();
            if (error != null) {
                engineSession.setCondition(ProtonValues.toEngine(error));
            }
            endDue = true;
            onAllSent();
        }
    }

    // ---- what happens to the session

    void setListener(SessionListener newListener) {
        listener = newListener;
    }

    /** The peer agreed to a session of ours. */
    void onRemoteBegin() {
        remotelyBegun = true;
        if (state == SessionState.BEGIN_SENT) {
            become(SessionState.MAPPED);
            if (listener != null) {
                listener.onBegin(this);
            }
        }
    }

    void onRemoteEnd(@Nullable ErrorCondition error) {
        SessionState before = state;
        outbox.close();
        endDue |= before != SessionState.END_SENT;
        onAllSent();
        become(SessionState.ENDED);
        linksOver();
        connection.onSessionOver(this, engineSession);
        if (before != SessionState.END_SENT && listener != null) {
            listener.onEnd(this, error);
        }
    }

    /** The peer broke the session's rules: we end it, and say so to the listener. */
    void fail(ErrorCondition error) {
        if (isLive()) {
            connection.onPeerFault(error);
            outbox.close();
            end(error);
            if (listener != null) {
                listener.onEnd(this, error);
            }
        }
    }

    /** The connection is over; nothing more is heard. */
    void onConnectionOver() {
        if (state != SessionState.ENDED) {
            outbox.close();
            become(SessionState.ENDED);
            linksOver();
        }
    }

    /** Nothing that was to be sent waits any longer; nor does our end, if it did. */
    void onAllSent() {
        if (endDue && !outbox.isWaiting()) {
            endDue = false;
            engineSession.close();
            connection.touch();
        }
        connection.onAllSent();
    }

    /** Messages that are half sent are given up. */
    void giveUpStreams() {
        List.copyOf(linksByRemoteHandle.values()).forEach(link -> {
            if (link instanceof ProtonSendingLink sending) {
                sending.giveUpStream();
            }
        });
    }

    private void linksOver() {
        linksByRemoteHandle.values().forEach(ProtonLink::onSessionOver);
        var noLonger = List.copyOf(lingering);
        lingering.clear();
        noLonger.forEach(ProtonSendingLink::forgetKept);
        senders.onSessionOver();
        receivers.onSessionOver();
        connection.untakenParts().forget(this);
        connection.quotas().addRemoteLinks(-linksByRemoteHandle.size());
        linksByRemoteHandle.clear();
        unfinished.clear();
    }

    private void become(SessionState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("session: " + state + " may not become " + next);
        }
        state = next;
    }

    boolean isLive() {
        return (state == SessionState.BEGIN_SENT || state == SessionState.MAPPED) && connection.isUsable();
    }

    boolean isRemotelyBegun() {
        return remotelyBegun;
    }

    @Override
    public boolean isDiscarding() {
        return state == SessionState.END_SENT;
    }

    // ---- frames of the peer, before the engine sees them

    /** The peer's begin came. */
    void onRemoteLimits(Begin begin) {
        window.onBegin(begin.getNextOutgoingId(), begin.getIncomingWindow());
        if (begin.getHandleMax() != null) {
            remoteHandleMax = begin.getHandleMax().longValue();
        }
    }

    SessionWindow window() {
        return window;
    }

    /** What we send. */
    SessionOutbox outbox() {
        return outbox;
    }

    @Nullable
    ProtonLink linkByRemoteHandle(@Nullable UnsignedInteger handle) {
        return handle == null ? null : linksByRemoteHandle.get(handle);
    }

    boolean onTransferFrame() {
        if (!window.onTransferReceived()) {
            fail(AmqpError.WINDOW_VIOLATION.because("more transfer frames than the incoming-window allows"));
            return false;
        }
        if (window.isLow()) {
            openWindow();
        }
        return true;
    }

    private void openWindow() {
        if (connection.untakenParts().isCrowded()) {
            connection.untakenParts().hold(this);
        } else {
            requestFlow();
        }
    }

    /** Delivery ids of a session follow one another, over all its links (AMQP 1.0 §2.6.12). */
    boolean onNewDelivery(ProtonReceivingLink link, Transfer first) {
        UnsignedInteger id = first.getDeliveryId();
        if (id == null || first.getDeliveryTag() == null) {
            link.failForPeer(AmqpError.INVALID_FIELD.because(
                    "the first transfer of a delivery needs delivery-id and delivery-tag"));
            return false;
        }
        if (hasDeliveryId && id.intValue() != (int) lastDelivery + 1) {
            fail(AmqpError.INVALID_FIELD.because(
                    "delivery-id " + id + " does not follow " + Integer.toUnsignedString((int) lastDelivery)));
            return false;
        }
        lastDelivery = hasDeliveryId ? lastDelivery + 1 : id.longValue();
        hasDeliveryId = true;
        return true;
    }

    /** The number of the delivery that began last. */
    long lastDelivery() {
        return lastDelivery;
    }

    /** The peer settles what it has sent us. */
    void onSenderSettled(Disposition disposition, Consumer<Disposition> engine) {
        unfinished.pass(disposition, lastDelivery, engine);
    }

    /** The messages of which the peer has sent the beginning, and not the end. */
    UnfinishedDeliveries unfinished() {
        return unfinished;
    }

    /**
     * Makes a peer's attach fit for the engine.
     *
     * @return whether the engine shall see it
     */
    boolean beforeAttach(Attach attach) {
        UnsignedInteger handle = attach.getHandle();
        ProtonLink unanswered = linksByRemoteHandle.get(handle);
        Detach held = unanswered == null ? null : unanswered.giveUpUnanswered();
        if (held != null) {
            // The peer detached before it was answered, and its handle is free for it: the answer cannot wait any
            // longer.
            connection.drainEngine();
            connection.replay(this, held);
        }
        if (linksByRemoteHandle.containsKey(handle)) {
            // The one error of a session that is answered with a close (§2.7.3).
            throw new ProtocolViolation(AmqpError.HANDLE_IN_USE, "handle " + handle + " has a link attached");
        }
        attachFault = null;
        boolean ourEndSends = attach.getRole() == Role.RECEIVER;
        String name = attach.getName();
        LinkNames sameDirection = ourEndSends ? senders : receivers;
        ProtonLink ours = sameDirection.takeAnswered(name);
        if (ours != null) {
            attach.setName(ours.engineLink().getName());
        } else if (linksByRemoteHandle.size() > remoteHandleMax) {
            fail(AmqpError.NOT_ALLOWED.because("the handle-max of " + remoteHandleMax
                    + " in the begin leaves no handle for the answer to one more attach"));
            return false;
        } else {
            ProtonLink namesake = sameDirection.get(name);
            if (namesake != null) {
                namesake.giveUpUnsent();
                namesake.fail(false, AmqpError.STOLEN.because("link " + name + " was attached again"));
                // The engine writes attaches first; here the detach must come before.
                connection.drainEngine();
            }
            attach.setName(sameDirection.newEngineName(name));
        }
        if (!ourEndSends && attach.getInitialDeliveryCount() == null) {
            attach.setInitialDeliveryCount(UnsignedInteger.ZERO);
            attachFault = AmqpError.INVALID_FIELD.because("initial-delivery-count is missing from a sender's attach");
        }
        String mapFault = UnsettledMaps.faultOf(attach);
        if (mapFault != null) {
            attachFault = AmqpError.INVALID_FIELD.because(mapFault);
        }
        return true;
    }

    /** The engine took a peer's attach in. */
    void onRemoteAttach(Link engineLink, Attach attach, String name) {
        ProtonLink link = (ProtonLink) engineLink.getContext();
        if (link == null) {
            link = engineLink instanceof Sender sender
                    ? new ProtonSendingLink(this, name, sender, LinkState.ATTACH_RECEIVED, null)
                    : new ProtonReceivingLink(this, name, (Receiver) engineLink, LinkState.ATTACH_RECEIVED, null);
            sameDirection(link).add(link);
        }
        linksByRemoteHandle.put(attach.getHandle(), link);
        if (!connection.quotas().addRemoteLinks(1) && attachFault == null) {
            attachFault = AmqpError.RESOURCE_LIMIT_EXCEEDED.because("too many links on one connection");
        }
        if (link instanceof ProtonReceivingLink receiving && attach.getInitialDeliveryCount() != null) {
            receiving.onInitialDeliveryCount(attach.getInitialDeliveryCount());
        }
        link.onRemoteAttach(ProtonPerformatives.fromEngine(attach, name), attach.getHandle());
        if (link.state() != LinkState.ATTACH_RECEIVED) {
            return;
        }
        if (attachFault != null) {
            connection.onPeerFault(attachFault);
            link.refuse(attachFault);
        } else if (listener != null && link instanceof ProtonSendingLink sending) {
            listener.onAttach(sending);
        } else if (listener != null && link instanceof ProtonReceivingLink receiving) {
            listener.onAttach(receiving);
        }
    }

    /** A peer's end came. */
    void beforeEnd() {
        if (localChannel < 0) {
            // The engine could not tell any more which begin it is to answer.
            connection.drainEngine();
        }
    }

    /**
     * A peer's detach came.
     *
     * @return whether the engine shall see it now
     */
    boolean beforeDetach(Detach detach) {
        ProtonLink link = linksByRemoteHandle.get(detach.getHandle());
        if (link == null) {
            fail(AmqpError.UNATTACHED_HANDLE.because("detach for handle " + detach.getHandle()));
            return false;
        }
        if (link.localHandle() == null) {
            // The engine answers no detach once the attach can no longer be answered.
            connection.drainEngine();
        }
        if (link.localHandle() == null) {
            link.hold(detach);
            return false;
        }
        return true;
    }

    // ---- links come and go

    /** A detach that came too early can be taken in now; not in the middle of writing what it waited for. */
    void replayLater(Detach detach) {
        connection.loop().execute(() -> connection.replay(this, detach));
    }

    /** A detach of ours with an error is being written; to be asked for seldom. */
    void onErrorSent(UnsignedInteger localHandle) {
        for (ProtonLink link : linksByRemoteHandle.values()) {
            if (localHandle.equals(link.localHandle()) && link.state() == LinkState.DETACH_SENT) {
                link.onErrorSent();
            }
        }
    }

    /** Over at both ends: its handle and its name are free. */
    void release(ProtonLink link) {
        UnsignedInteger handle = link.remoteHandle();
        if (handle != null && linksByRemoteHandle.remove(handle, link)) {
            connection.quotas().addRemoteLinks(-1);
        }
        sameDirection(link).remove(link);
        link.onRetired();
    }

    /** Nothing of it is left, nor of its deliveries. */
    void retire(ProtonLink link) {
        connection.output().retire(link);
    }

    /** Links without handles, of whose deliveries the peer may still speak. */
    Set<ProtonSendingLink> lingering() {
        return lingering;
    }

    /**
     * The peer closed a link while we only detached it. That ours is gone for good as well, it learns by an attach and a
     * closing detach (AMQP 1.0 §2.6.6). Both go out at once; nobody listens to what comes of them.
     */
    void closeAnew(ProtonLink left, AttachParameters attach) {
        if (isLive() && sameDirection(left).get(left.name()) == null) {
            (left.isSender() ? newSender(attach, null) : newReceiver(attach, null)).close(null);
        }
    }

    /** The engine has freed the link, and with it the name. */
    void onFreed(ProtonLink link) {
        sameDirection(link).onFreed(link);
    }

    private LinkNames sameDirection(ProtonLink link) {
        return link.isSender() ? senders : receivers;
    }

    private void leaveNameTo(String name, LinkNames sameDirection) {
        ProtonLink namesake = sameDirection.get(name);
        if (namesake == null) {
            return;
        }
        if (namesake.state() != LinkState.DETACH_SENT) {
            throw new IllegalArgumentException("link " + name + " is attached already");
        }
        namesake.giveUpUnsent();
        // The engine writes attaches first; the namesake's detach must come before, or the peer takes it for stolen.
        connection.drainEngine();
    }

    // ---- flows

    void onBeginSent(int channel) {
        localChannel = channel;
    }

    int localChannel() {
        return localChannel;
    }

    void requestFlow() {
        if (!flowDue && localChannel >= 0) {
            flowDue = true;
            connection.engine().flowDue(this);
            connection.touch();
        }
    }

    /**
     * Fills in the session's half of a flow frame. Parts may have crowded in since the flow was asked for; then it
     * leaves the window as it was, and the session is owed another one.
     */
    void announceIn(Flow flow) {
        window.announceIn(flow);
        if (state == SessionState.MAPPED
                && window.isLow()
                && connection.untakenParts().isCrowded()) {
            connection.untakenParts().hold(this);
        }
    }

    boolean takeFlowDue() {
        boolean due = flowDue && state == SessionState.MAPPED;
        flowDue = false;
        return due;
    }
}
