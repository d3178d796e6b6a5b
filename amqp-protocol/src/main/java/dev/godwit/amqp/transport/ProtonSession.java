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
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * One session: its window, and the order of what comes in it. Owned by the connection's loop; lives from the first begin
 * to the second end, or to the end of its connection.
 */
final class ProtonSession implements Session {
    private final ProtonConnection connection;
    private final org.apache.qpid.proton.engine.Session engineSession;
    private final SessionWindow window;
    private final SessionOutbox outbox;
    private final UnfinishedDeliveries unfinished = new UnfinishedDeliveries();
    private final SessionLinks links;
    private @Nullable SessionListener listener;
    private SessionState state;
    private int localChannel = -1;
    private boolean flowDue;
    /** Our end is to be written as soon as nothing waits that was to be sent before. */
    private boolean endDue;

    private boolean remotelyBegun;
    private boolean hasDeliveryId;
    /** Counted on beyond the ids, which begin again at 0. */
    private long lastDelivery;

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
        links = new SessionLinks(this, engineSession);
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
        return links.newSender(parameters, linkListener);
    }

    @Override
    public ReceivingLink attachReceiver(AttachParameters parameters, ReceivingLinkListener linkListener) {
        connection.assertOnLoop();
        return links.newReceiver(parameters, linkListener);
    }

    @Override
    public void end(@Nullable ErrorCondition error) {
        connection.assertOnLoop();
        if (state == SessionState.BEGIN_SENT || state == SessionState.MAPPED) {
            become(SessionState.END_SENT);
            onLinksOver();
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
        onLinksOver();
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
            onLinksOver();
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

    private void onLinksOver() {
        links.onSessionOver();
        connection.untakenParts().forget(this);
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
            links.limitHandles(begin.getHandleMax().longValue());
        }
    }

    /** Its links. */
    SessionLinks links() {
        return links;
    }

    /** The peer has attached a link that the container is to answer. */
    void onAttach(ProtonLink link) {
        if (listener != null && link instanceof ProtonSendingLink sending) {
            listener.onAttach(sending);
        } else if (listener != null && link instanceof ProtonReceivingLink receiving) {
            listener.onAttach(receiving);
        }
    }

    SessionWindow window() {
        return window;
    }

    /** What we send. */
    SessionOutbox outbox() {
        return outbox;
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

    /** A peer's end came. */
    void beforeEnd() {
        if (localChannel < 0) {
            // The engine could not tell any more which begin it is to answer.
            connection.drainEngine();
        }
    }

    // ---- links come and go

    /** A detach that came too early can be taken in now; not in the middle of writing what it waited for. */
    void replayLater(Detach detach) {
        connection.loop().execute(() -> connection.replay(this, detach));
    }

    /** Nothing of it is left, nor of its deliveries. */
    void retire(ProtonLink link) {
        connection.output().retire(link);
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
