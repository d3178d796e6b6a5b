package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/**
 * A link on which we send. The engine attaches and detaches it, and knows nothing of what goes out on it. Owned by the
 * connection's loop.
 */
final class ProtonSendingLink extends ProtonLink implements SendingLink {
    /** In the properties of a flow (AMQP 1.0 §4.4.3). */
    private static final Symbol TXN_ID = Symbol.valueOf("txn-id");

    /** More than these waiting here, because the session's window is shut, is enough. */
    private static final int UNSENT_MAX = 256;

    private final SenderCredit credit = new SenderCredit();
    private final DeliveryTags tags = new DeliveryTags();
    /** What has not gone out to its end, in order. */
    private final ArrayDeque<WaitingTransfer> unsent = new ArrayDeque<>(1);

    private @Nullable SendingLinkListener listener;
    private boolean inTurns;
    /** Nothing goes out any more. */
    private boolean cutOff;

    /** Deliveries that the session keeps for this link. */
    private int deliveriesKept;

    private int unsettled;
    /** Deliveries of which the peer may speak though it has detached the link: they count as the others. */
    private int kept;

    private boolean drainedOnceSent;
    private boolean awaitsWritable;
    /** What is to go out once more, before anything new; null when nothing is. */
    private @Nullable ArrayDeque<Resumed> toResume;

    /** The message that goes out part by part; null when there is none. */
    private @Nullable SentStream stream;

    /** What the peer's flow frames say that nobody has been told of: the current one, or those before our answer. */
    private @Nullable Acquisition acquisition;

    /** The transaction that a flow frame names, as it came; null for none. */
    private record Acquisition(@Nullable Object transaction) {}

    ProtonSendingLink(
            ProtonSession session,
            String name,
            Sender sender,
            LinkState state,
            @Nullable SendingLinkListener listener) {
        super(session, name, sender, state);
        this.listener = listener;
    }

    // ---- what the container asks

    @Override
    public void accept(AttachParameters answer, SendingLinkListener newListener) {
        listener = newListener;
        tags.skip(answer.unsettled());
        AttachParameters theirs = remoteAttach();
        tags.skip(theirs == null ? null : theirs.unsettled());
        answer(answer);
        if (acquisition != null && isAttached()) {
            tellAcquisition(acquisition, newListener);
        }
    }

    @Override
    public int credit() {
        if (!isAttached() || isResumptionIncomplete() || toResume != null) {
            return 0;
        }
        int left = credit.left();
        return left == 0 || session().connection().quotas().unsettled().mayGrow(this) ? left : 0;
    }

    /** A delivery went out that the peer has to settle. */
    void onUnsettled() {
        unsettled++;
        session().connection().quotas().unsettled().add();
    }

    /** The peer has settled one, or will never have it. */
    void onSettled() {
        if (unsettled > 0) {
            unsettled--;
            session().connection().quotas().unsettled().remove(1);
        } else if (kept > 0) {
            kept--;
            session().connection().quotas().unsettled().remove(1);
            if (kept == 0) {
                forget();
            }
        }
    }

    /** Neither end speaks of any delivery any more: they are forgotten with the link. */
    boolean isOver() {
        return state() == LinkState.DETACHED && !isLingering();
    }

    /** The peer may still speak of what it had when it detached. */
    boolean isLingering() {
        return session().links().lingering().contains(this);
    }

    @Override
    public void forget() {
        session().connection().assertOnLoop();
        if (session().links().lingering().remove(this)) {
            forgetKept();
            session().retire(this);
        }
    }

    /** Nothing of what the peer had when it detached counts any more. */
    void forgetKept() {
        session().connection().quotas().unsettled().remove(kept);
        kept = 0;
    }

    @Override
    public boolean isDraining() {
        return credit.isDraining();
    }

    @Override
    public void drained() {
        session().connection().assertOnLoop();
        if (!isAttached() || !credit.isDraining()) {
            return;
        }
        drainedOnceSent = hasUnsent();
        if (!drainedOnceSent && credit.giveBack()) {
            requestFlow();
        }
    }

    @Override
    public OutgoingDelivery send(ByteBuffer head, ByteBuffer rest, boolean settled, @Nullable DeliveryState state) {
        SentDelivery delivery = newDelivery(settled, state);
        session().outbox().send(delivery, head, rest, state);
        return delivery;
    }

    @Override
    public void resume(Binary tag, ByteBuffer head, ByteBuffer rest, Object attachment) {
        session().connection().assertOnLoop();
        if (toResume == null) {
            toResume = new ArrayDeque<>();
        }
        toResume.add(new Resumed(tag, new OutgoingPayload(head, rest), attachment));
    }

    /** A message that goes out once more, when there is credit for it. */
    private record Resumed(Binary tag, OutgoingPayload payload, Object attachment) {}

    private void sendResumed(ArrayDeque<Resumed> waiting) {
        while (credit.left() > 0 && !waiting.isEmpty()) {
            Resumed next = waiting.remove();
            credit.take();
            var delivery = new SentDelivery(this, 0, next.tag().toByteArray(), false);
            delivery.attach(next.attachment());
            unsent.add(new WaitingTransfer(delivery, next.payload(), true, null, true));
        }
        if (waiting.isEmpty()) {
            toResume = null;
        }
        session().outbox().send(this);
    }

    @Override
    public OutgoingStream stream(boolean settled, @Nullable DeliveryState state) {
        SentDelivery delivery = newDelivery(settled, state);
        var transfer = new WaitingTransfer(delivery, OutgoingPayload.NOTHING, false, state, false);
        unsent.add(transfer);
        var begun = new SentStream(this, transfer);
        stream = begun;
        return begun;
    }

    private SentDelivery newDelivery(boolean settled, @Nullable DeliveryState state) {
        session().connection().assertOnLoop();
        if (credit() == 0) {
            throw new IllegalStateException("no credit on link " + name() + ", which is " + state());
        }
        if (stream != null && stream.isOpen()) {
            throw new IllegalStateException("link " + name() + " is in the middle of a message");
        }
        session().connection().transfers().check(state);
        credit.take();
        byte[] chosen = tags.takeChosen();
        return new SentDelivery(this, chosen == null ? tags.takeNumber() : 0, chosen, settled);
    }

    /** The message has ended: another may follow. */
    void onStreamLeft(SentStream left) {
        if (stream == left) {
            stream = null;
        }
    }

    @Override
    public void tagNext(Binary tag) {
        tags.choose(tag);
    }

    @Override
    public boolean isWritable() {
        boolean writable = canWrite();
        if (!writable && !awaitsWritable) {
            awaitsWritable = true;
            session().connection().output().awaitWritable(this);
        }
        return writable;
    }

    // ---- what happens

    private boolean canWrite() {
        return session().connection().output().isWritable()
                && unsent.size() < UNSENT_MAX
                && (stream == null || !stream.isOpen() || stream.isDrained());
    }

    /** The socket took what was waiting, or a window opened: false when that was not enough for this link. */
    boolean onMaybeWritable() {
        if (isAttached() && !canWrite()) {
            return false;
        }
        awaitsWritable = false;
        onFlow();
        return true;
    }

    /** A flow frame of the peer, with credit for this link. */
    void onCredit(Flow flow) {
        if (flow.getProperties() != null && flow.getProperties().containsKey(TXN_ID)) {
            acquisition = new Acquisition(flow.getProperties().get(TXN_ID));
        }
        credit.onFlow(flow);
        if (!unsent.isEmpty()) {
            session().outbox().send(this);
        }
    }

    /** There may be credit, or room: the flow frame has been taken in. */
    void onFlow() {
        if (toResume != null && isAttached()) {
            sendResumed(toResume);
        }
        SendingLinkListener to = listener;
        if (acquisition != null && to != null && isAttached()) {
            tellAcquisition(acquisition, to);
        }
        if (to != null && isAttached()) {
            to.onSendable(this);
        }
    }

    private void tellAcquisition(Acquisition wish, SendingLinkListener to) {
        acquisition = null;
        if (wish.transaction() == null) {
            to.onAcquisition(this, null);
        } else if (wish.transaction() instanceof org.apache.qpid.proton.amqp.Binary id) {
            to.onAcquisition(this, ProtonStates.transactionId(id));
        } else {
            fail(true, AmqpError.INVALID_FIELD.because("txn-id in a flow on link " + name() + " is no binary"));
        }
    }

    void onDisposition(SentDelivery delivery) {
        SendingLinkListener to = listener;
        if (isErrant()) {
            failErrant("disposition");
        } else if (to != null && isAttached()) {
            to.onDisposition(delivery);
        } else if (to != null && isLingering()) {
            to.onLateDisposition(delivery);
        } else if (to != null) {
            to.onDropped(delivery);
        }
    }

    @Override
    void describe(Flow flow) {
        credit.describe(flow, unsent.size());
    }

    // ---- what its session's outbox asks

    ArrayDeque<WaitingTransfer> unsent() {
        return unsent;
    }

    @Override
    boolean hasUnsent() {
        return !unsent.isEmpty();
    }

    /** Something waits of which the peer wants to have the next frame. */
    boolean isReady() {
        WaitingTransfer next = unsent.peek();
        return next != null && next.isReady() && (next.isBegun() || credit.allowsNext(unsent.size()));
    }

    /** It waits for its turn from now on; false when it did before. */
    boolean joinTurns() {
        boolean joins = !inTurns;
        inTurns = true;
        return joins;
    }

    void leaveTurns() {
        inTurns = false;
    }

    /** A frame that had to wait has been written. */
    void onSent() {
        if (state() != LinkState.ATTACHED) {
            dropWithoutCredit();
        }
        if (unsent.isEmpty()) {
            if (drainedOnceSent) {
                // Not at once: who ends a long message may begin another, for which it needs its credit.
                session().connection().output().awaitTurnEnd(this);
            }
            onAllSent();
        }
    }

    /** What was left for the end of the turn is done now. */
    void onTurnEnd() {
        session().outbox().send(this);
        if (drainedOnceSent) {
            drained();
        }
    }

    /** It will never be given the credit that it lacks. */
    private void dropWithoutCredit() {
        if (!isReady()) {
            unsent.clear();
        }
    }

    @Override
    void dropUnsent() {
        cutOff = true;
        unsent.clear();
    }

    boolean isCutOff() {
        return cutOff;
    }

    /** So many more, or fewer, deliveries are kept for it. */
    void onKept(int more) {
        deliveriesKept += more;
    }

    boolean hasKept() {
        return deliveriesKept > 0;
    }

    // ---- its end

    @Override
    void onLeaving() {
        toResume = null;
        giveUpStream();
        dropWithoutCredit();
        // What the peer may still speak of is held for it as before.
        kept = isLingering() ? unsettled : 0;
        session().connection().quotas().unsettled().remove(unsettled - kept);
        session().connection().quotas().unsettled().forget(this);
        unsettled = 0;
    }

    /** A message that is half sent is given up. */
    void giveUpStream() {
        SentStream half = stream;
        if (half != null) {
            half.abort();
        }
    }

    @Override
    boolean mayLinger() {
        SendingLinkListener to = listener;
        if (to == null || !to.keepsUnsettled()) {
            return false;
        }
        session().links().lingering().add(this);
        return true;
    }

    @Override
    void onRetired() {
        // The next frame about its deliveries is for none.
    }

    @Override
    void onSessionOver() {
        onLeaving();
        super.onSessionOver();
    }

    @Override
    void onAttached() {
        if (listener != null) {
            listener.onAttached(this);
        }
    }

    @Override
    void onDetached(boolean closed, @Nullable ErrorCondition error) {
        onLeaving();
        if (kept == 0) {
            forget();
        }
        if (listener != null) {
            listener.onDetached(this, closed, error);
        }
    }

    @Override
    void onDetachAnswered(@Nullable ErrorCondition error) {
        if (listener != null) {
            listener.onDetachAnswered(this, error);
        }
    }

    @Override
    void forgetDeliveries() {
        session().outbox().deliveries().removeAll(this);
    }

    @Override
    boolean isSender() {
        return true;
    }
}
