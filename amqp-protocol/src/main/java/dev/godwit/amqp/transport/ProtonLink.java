package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Link;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.jspecify.annotations.Nullable;

/**
 * What both directions of a link share: its names, its state, attach and detach. Owned by the connection's loop; lives
 * from the first attach to the second detach, or to the end of its session.
 */
abstract class ProtonLink implements Link {
    private final ProtonSession session;
    private final String name;
    private final org.apache.qpid.proton.engine.Link engineLink;
    private LinkState state;
    private @Nullable AttachParameters remoteAttach;
    private @Nullable UnsignedInteger localHandle;
    private @Nullable UnsignedInteger remoteHandle;
    private @Nullable Detach heldDetach;
    private boolean flowDue;
    private boolean sentIncompleteUnsettled;
    private @Nullable AttachParameters localAttach;
    /** We have only detached, and nobody else took the name: the peer may want the link closed all the same. */
    private boolean closable;
    /** Where our detach with an error was written, or later what the peer said next; null when there was none. */
    private SessionWindow.@Nullable Mark errorMark;

    private boolean hasPeerReadDetach;
    /** Our detach, which waits for what the link has still to send; null when none does. */
    private @Nullable OwnDetach ownDetach;

    private record OwnDetach(boolean closed, @Nullable ErrorCondition error) {}

    ProtonLink(ProtonSession session, String name, org.apache.qpid.proton.engine.Link engineLink, LinkState state) {
        this.session = session;
        this.name = name;
        this.engineLink = engineLink;
        this.state = state;
        engineLink.setContext(this);
    }

    // ---- what the container asks

    @Override
    public final ProtonSession session() {
        return session;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final @Nullable AttachParameters remoteAttach() {
        return remoteAttach;
    }

    @Override
    public final boolean isAwaitingAnswer() {
        return state == LinkState.ATTACH_RECEIVED && session.isLive();
    }

    @Override
    public final boolean isAttached() {
        return state == LinkState.ATTACHED && session.isLive();
    }

    @Override
    public final void refuse(ErrorCondition error) {
        session.connection().assertOnLoop();
        if (state != LinkState.ATTACH_RECEIVED) {
            return;
        }
        AttachParameters theirs = remoteAttach;
        if (theirs != null) {
            // The peer's own terminus is echoed, ours is null: that is what a refusal looks like (§2.6.3).
            AttachParameters answer = isSender()
                    ? AttachParameters.of(name, null, theirs.target())
                    : AttachParameters.of(name, theirs.source(), null);
            ProtonPerformatives.fill(engineLink, answer, this);
        }
        engineLink.open();
        leave(true, error);
        session.connection().touch();
    }

    @Override
    public final void detach(@Nullable ErrorCondition error) {
        end(false, error);
    }

    @Override
    public final void close(@Nullable ErrorCondition error) {
        end(true, error);
    }

    private void end(boolean closed, @Nullable ErrorCondition error) {
        session.connection().assertOnLoop();
        if (state == LinkState.ATTACH_RECEIVED) {
            refuse(error == null ? AmqpError.DETACH_FORCED.because("detached before it was answered") : error);
        } else if (state == LinkState.ATTACHED || state == LinkState.ATTACH_SENT) {
            leave(closed, error);
        }
    }

    // ---- what happens

    /** Our answer to the peer's attach. */
    final void answer(AttachParameters answer) {
        session.connection().assertOnLoop();
        if (state == LinkState.DETACHED && !session.isLive()) {
            return;
        }
        if (state == LinkState.DETACH_SENT || state == LinkState.DETACHED) {
            // Refused meanwhile, since the peer broke its rules or attached the name again.
            session.connection().loop().execute(() -> onDetached(true, null));
            return;
        }
        if (state != LinkState.ATTACH_RECEIVED) {
            throw new IllegalStateException("link " + name + " has been answered");
        }
        localAttach = answer;
        ProtonPerformatives.fill(engineLink, answer, this);
        engineLink.open();
        become(LinkState.ATTACHED);
        session.connection().touch();
    }

    /** Attaches a link of ours. */
    final void sendAttach(AttachParameters parameters) {
        localAttach = parameters;
        ProtonPerformatives.fill(engineLink, parameters, this);
        engineLink.open();
        session.connection().touch();
    }

    /** Our attach carries an unsettled map, perhaps only a part of it. */
    final void onUnsettledSent(boolean incomplete) {
        sentIncompleteUnsettled = incomplete;
    }

    /** Either end listed less than it has unsettled: only what is resumed may be sent (§2.7.3). */
    final boolean isResumptionIncomplete() {
        return sentIncompleteUnsettled
                || (remoteAttach != null
                        && remoteAttach.unsettled() != null
                        && remoteAttach.unsettled().incomplete());
    }

    /** The peer attached, first or in answer. */
    final void onRemoteAttach(AttachParameters theirs, UnsignedInteger handle) {
        remoteAttach = theirs;
        remoteHandle = handle;
        if (state != LinkState.ATTACH_SENT) {
            return;
        }
        boolean refused = isSender() ? theirs.target() == null : theirs.source() == null;
        if (!refused) {
            become(LinkState.ATTACHED);
            onAttached();
        }
    }

    /** The peer detached: we answer in kind. */
    final void onRemoteDetach(boolean closed, @Nullable ErrorCondition error) {
        LinkState before = state;
        giveUpUnsent();
        if (before == LinkState.ATTACHED || before == LinkState.ATTACH_SENT) {
            detachEngine(closed, null);
        }
        become(LinkState.DETACHED);
        session.links().release(this);
        if (before != LinkState.ATTACHED || closed || error != null || !mayLinger()) {
            session.retire(this);
        }
        if (before == LinkState.ATTACHED || before == LinkState.ATTACH_SENT) {
            onDetached(closed, error);
            return;
        }
        if (closed && closable && localAttach != null) {
            session.links().closeAnew(this, localAttach.withUnsettled(null));
        }
        if (before == LinkState.DETACH_SENT) {
            onDetachAnswered(error);
        }
    }

    /** The peer broke this link's rules: the log says so, too. */
    final void failForPeer(ErrorCondition fault) {
        session.connection().onPeerFault(fault);
        fail(true, fault);
    }

    /** The peer broke this link's rules, or another attach took its name: we detach, and say so to the listener. */
    final void fail(boolean closed, ErrorCondition error) {
        LinkState before = state;
        if (before == LinkState.ATTACH_RECEIVED) {
            refuse(error);
        } else if (before == LinkState.ATTACHED || before == LinkState.ATTACH_SENT) {
            giveUpUnsent();
            leave(closed, error);
            onDetached(closed, error);
        }
    }

    /** The session is over; nothing more is heard. */
    void onSessionOver() {
        if (state != LinkState.DETACHED) {
            become(LinkState.DETACHED);
        }
    }

    private void leave(boolean closed, @Nullable ErrorCondition error) {
        onLeaving();
        if (hasUnsent()) {
            ownDetach = new OwnDetach(closed, error);
        } else {
            detachEngine(closed, error);
        }
        closable = !closed && (error == null || !error.condition().equals(AmqpError.STOLEN.condition()));
        become(LinkState.DETACH_SENT);
    }

    /** Nothing is left to be sent: a detach of ours need not wait any longer. */
    final void onAllSent() {
        OwnDetach held = ownDetach;
        if (held != null) {
            ownDetach = null;
            detachEngine(held.closed(), held.error());
        }
    }

    /** What the link has still to send is not sent any more, nor anything else. */
    final void giveUpUnsent() {
        dropUnsent();
        onAllSent();
    }

    private void detachEngine(boolean closed, @Nullable ErrorCondition error) {
        if (error != null) {
            engineLink.setCondition(ProtonValues.toEngine(error));
        }
        if (closed) {
            engineLink.close();
        } else {
            engineLink.detach();
        }
        session.connection().touch();
    }

    final void become(LinkState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("link " + name + ": " + state + " may not become " + next);
        }
        state = next;
    }

    // ---- what the guard and the engine's transport ask

    final LinkState state() {
        return state;
    }

    final org.apache.qpid.proton.engine.Link engineLink() {
        return engineLink;
    }

    final void onAttachSent(UnsignedInteger handle) {
        localHandle = handle;
        Detach held = heldDetach;
        if (held != null) {
            heldDetach = null;
            session.replayLater(held);
        }
    }

    /** Our detach with an error is being written. */
    final void onErrorSent() {
        errorMark = session.window().mark();
    }

    /**
     * A frame came for the link. We detached it with an error, and the peer must have heard so: nothing of it may come any
     * more but its detach (AMQP 1.0 §2.6.5). What crossed our detach does no harm.
     *
     * <p>Design note: clients read all that the socket has before their application hears of any of it, and answer for the
     * session before they detach the link. So a first frame that shows that the detach was read proves nothing of what the
     * peer knew when it wrote it; whoever has read what we wrote after that frame has had its turn to detach.
     */
    final boolean isErrant() {
        if (errorMark == null
                || state != LinkState.DETACH_SENT
                || !session.window().hasPeerHeard(errorMark)) {
            return false;
        }
        if (!hasPeerReadDetach) {
            hasPeerReadDetach = true;
            errorMark = session.window().mark();
            return false;
        }
        return true;
    }

    final void failErrant(String frame) {
        session.fail(AmqpError.ERRANT_LINK.because(
                frame + " for link " + name + ", which was detached with an error before; only a detach may follow"));
    }

    /** 0 as long as it has none. */
    final int handle() {
        return localHandle == null ? 0 : localHandle.intValue();
    }

    final @Nullable UnsignedInteger localHandle() {
        return localHandle;
    }

    final @Nullable UnsignedInteger remoteHandle() {
        return remoteHandle;
    }

    /** The peer detached before our attach was written: its detach waits, so that ours can follow our attach. */
    final void hold(Detach detach) {
        heldDetach = detach;
    }

    /**
     * The peer has detached, and needs the handle, before the container has answered: refuses the link, of which nobody
     * wants to know any more.
     *
     * @return the peer's detach, to be taken in when our attach is written; null when it has sent none
     */
    final @Nullable Detach giveUpUnanswered() {
        Detach held = heldDetach;
        if (held != null) {
            heldDetach = null;
            refuse(AmqpError.DETACH_FORCED.because("detached before it was answered"));
        }
        return held;
    }

    final void requestFlow() {
        if (!flowDue && state == LinkState.ATTACHED) {
            flowDue = true;
            session.connection().engine().flowDue(this);
            session.connection().touch();
        }
    }

    /** The flow frame that tells the peer our view of the link; null when it is no longer due. */
    final @Nullable Flow takeFlowDue() {
        boolean due = flowDue && state == LinkState.ATTACHED && localHandle != null;
        flowDue = false;
        if (!due) {
            return null;
        }
        var flow = new Flow();
        flow.setHandle(localHandle);
        describe(flow);
        return flow;
    }

    abstract boolean isSender();

    /** Fills in delivery-count, credit and drain. */
    abstract void describe(Flow flow);

    /** We are about to detach: what is half done is given up. */
    abstract void onLeaving();

    /** Whether frames of messages that we were given are still to be written. */
    abstract boolean hasUnsent();

    /** They are not to be. */
    abstract void dropUnsent();

    /** The peer only detached: whether its deliveries are kept. If so, the link sees to its own retirement. */
    abstract boolean mayLinger();

    /** Over at both ends: no frame of the peer is for this link any more. */
    abstract void onRetired();

    abstract void onAttached();

    abstract void onDetached(boolean closed, @Nullable ErrorCondition error);

    abstract void onDetachAnswered(@Nullable ErrorCondition error);

    /** Settles within the engine what is left, so that nothing of it stays behind. */
    abstract void forgetDeliveries();
}
