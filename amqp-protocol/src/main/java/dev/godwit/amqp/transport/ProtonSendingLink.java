package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/** A link on which we send, over the engine's sender. Owned by the connection's loop. */
final class ProtonSendingLink extends ProtonLink implements SendingLink {
    /** In the properties of a flow (AMQP 1.0 §4.4.3). */
    private static final Symbol TXN_ID = Symbol.valueOf("txn-id");

    /** More than these waiting in the engine, because the session's window is shut, is enough. */
    private static final int QUEUED_MAX = 256;
    /** The engine counts credit in an int, and goes wrong above it. */
    private static final int CREDIT_MAX = 1 << 30;

    private static final int TAG_BYTES_MAX = 32;

    private final Sender sender;
    private @Nullable SendingLinkListener listener;
    private long nextTag;

    /** Of the next delivery, if somebody chose one; null for none. */
    private byte @Nullable [] chosenTag;

    /** The delivery count at which the peer's credit ends. */
    private int deliveryLimit;

    private int unsettled;
    /** Deliveries of which the peer may speak though it has detached the link: they count as the others. */
    private int kept;

    private boolean drainedOnceSent;
    private boolean awaitsWritable;
    /** What is to go out once more, before anything new; null when nothing is. */
    private @Nullable ArrayDeque<Resumed> toResume;

    private @Nullable ProtonOutgoingStream stream;

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
        this.sender = sender;
        this.listener = listener;
    }

    // ---- what the container asks

    @Override
    public void accept(AttachParameters answer, SendingLinkListener newListener) {
        listener = newListener;
        skipTags(answer.unsettled());
        AttachParameters theirs = remoteAttach();
        skipTags(theirs == null ? null : theirs.unsettled());
        answer(answer);
        if (acquisition != null && isAttached()) {
            tellAcquisition(acquisition, newListener);
        }
    }

    /** New deliveries get tags beyond those that either end holds from an earlier life of the link. */
    private void skipTags(@Nullable UnsettledMap unsettled) {
        if (unsettled == null) {
            return;
        }
        for (Binary tag : unsettled.states().keySet()) {
            if (tag.length() < Long.BYTES) {
                long number = 0;
                for (int i = 0; i < tag.length(); i++) {
                    number = (number << 8) | (tag.byteAt(i) & 0xff);
                }
                nextTag = Math.max(nextTag, number + 1);
            }
        }
    }

    @Override
    public int credit() {
        if (!isAttached() || isResumptionIncomplete() || toResume != null) {
            return 0;
        }
        int credit = freeCredit();
        return credit == 0 || session().connection().quotas().unsettled().mayGrow(this) ? credit : 0;
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

    /** Neither end speaks of any delivery any more: the engine forgets them with the link. */
    boolean isOver() {
        return state() == LinkState.DETACHED && !isLingering();
    }

    /** The peer may still speak of what it had when it detached. */
    boolean isLingering() {
        return session().lingering().contains(this);
    }

    @Override
    public void forget() {
        session().connection().assertOnLoop();
        if (session().lingering().remove(this)) {
            forgetKept();
            session().retire(this);
        }
    }

    /** Nothing of what the peer had when it detached counts any more. */
    void forgetKept() {
        session().connection().quotas().unsettled().remove(kept);
        kept = 0;
    }

    /** The engine takes the credit of a message when it is whole. */
    private int freeCredit() {
        return Math.max(0, sender.getCredit() - (stream == null ? 0 : 1));
    }

    @Override
    public boolean isDraining() {
        return sender.getDrain();
    }

    @Override
    public void drained() {
        session().connection().assertOnLoop();
        if (!isAttached() || !sender.getDrain()) {
            return;
        }
        // Design note: the engine gives back the credit of what it has not yet written, too, and then cannot write it.
        session().connection().drainEngine();
        if (sender.getQueued() > 0) {
            drainedOnceSent = true;
            session().connection().output().awaitDrain(this);
        } else {
            drainedOnceSent = false;
            sender.drained();
            session().connection().touch();
        }
    }

    @Override
    public OutgoingDelivery send(ByteBuffer head, ByteBuffer rest, boolean settled, @Nullable DeliveryState state) {
        ProtonConnection connection = session().connection();
        connection.assertOnLoop();
        Delivery delivery = newDelivery();
        var payload = new OutgoingPayload(head, rest);
        int bytes = payload.remaining();
        sender.sendNoCopy(payload);
        if (state != null) {
            delivery.disposition(connection.toEngine(state));
        }
        var outgoing = new ProtonOutgoingDelivery(this, delivery, settled);
        if (settled) {
            delivery.settle();
        } else {
            delivery.setContext(outgoing);
            sender.advance();
        }
        connection.output().onSent(bytes);
        return outgoing;
    }

    @Override
    public void resume(Binary tag, ByteBuffer head, ByteBuffer rest, Object attachment) {
        session().connection().assertOnLoop();
        if (toResume == null) {
            toResume = new ArrayDeque<>();
        }
        toResume.add(new Resumed(tag, new OutgoingPayload(head, rest), attachment));
    }

    /** A message that goes out once more; held here, since the engine detaches no link that has some without credit. */
    private record Resumed(Binary tag, OutgoingPayload payload, Object attachment) {}

    private void sendResumed(ArrayDeque<Resumed> waiting) {
        while (sender.getCredit() > 0 && !waiting.isEmpty()) {
            Resumed next = waiting.remove();
            int bytes = next.payload().remaining();
            Delivery delivery = sender.delivery(next.tag().toByteArray());
            session().connection().engine().resumes(delivery.getTag());
            var outgoing = new ProtonOutgoingDelivery(this, delivery, false);
            outgoing.attach(next.attachment());
            delivery.setContext(outgoing);
            sender.sendNoCopy(next.payload());
            sender.advance();
            session().connection().output().onSent(bytes);
        }
        if (waiting.isEmpty()) {
            toResume = null;
        }
    }

    @Override
    public OutgoingStream stream(boolean settled, @Nullable DeliveryState state) {
        ProtonConnection connection = session().connection();
        connection.assertOnLoop();
        Delivery delivery = newDelivery();
        if (state != null) {
            delivery.disposition(connection.toEngine(state));
        }
        var begun = new ProtonOutgoingStream(this, sender, delivery, settled);
        stream = begun;
        connection.engine().streams().add(begun);
        return begun;
    }

    private Delivery newDelivery() {
        if (credit() == 0) {
            throw new IllegalStateException("no credit on link " + name() + ", which is " + state());
        }
        if (stream != null) {
            throw new IllegalStateException("link " + name() + " is in the middle of a message");
        }
        byte[] chosen = chosenTag;
        chosenTag = null;
        return sender.delivery(chosen == null ? tag(nextTag++) : chosen);
    }

    @Override
    public void tagNext(Binary tag) {
        if (tag.length() <= Long.BYTES || tag.length() > TAG_BYTES_MAX) {
            throw new IllegalArgumentException("a tag of " + tag.length() + " bytes on link " + name());
        }
        chosenTag = tag.toByteArray();
    }

    /** Nothing more will be written to the stream; the next message may follow. */
    void onStreamLeft(ProtonOutgoingStream left) {
        if (stream == left) {
            stream = null;
        }
    }

    /** One to eight bytes, no longer than need be. */
    private static byte[] tag(long number) {
        int length = Math.max(1, (64 - Long.numberOfLeadingZeros(number) + 7) / 8);
        byte[] tag = new byte[length];
        for (int i = 0; i < length; i++) {
            tag[i] = (byte) (number >>> (8 * (length - 1 - i)));
        }
        return tag;
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
                && sender.getQueued() < QUEUED_MAX
                && (stream == null || stream.isDrained());
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

    /** Makes a flow frame of the peer fit for the engine; before the engine sees it. */
    void beforeFlow(Flow flow) {
        if (flow.getProperties() != null && flow.getProperties().containsKey(TXN_ID)) {
            acquisition = new Acquisition(flow.getProperties().get(TXN_ID));
        }
        UnsignedInteger credit = flow.getLinkCredit();
        if (Integer.compareUnsigned(credit.intValue(), CREDIT_MAX) > 0) {
            flow.setLinkCredit(UnsignedInteger.valueOf(CREDIT_MAX));
        }
        int count =
                flow.getDeliveryCount() == null ? 0 : flow.getDeliveryCount().intValue();
        int limit = count + flow.getLinkCredit().intValue();
        if (stream != null && stream.isBegun()) {
            // Credit that was taken back holds for messages to come; the engine would stop in the middle of this one.
            int sent = deliveryLimit - freeCredit() - sender.getQueued();
            if (limit - sent < 1) {
                limit = sent + 1;
                flow.setLinkCredit(UnsignedInteger.valueOf(limit - count));
            }
        }
        deliveryLimit = limit;
    }

    /** The engine took the flow frame in. */
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

    /** The engine has been drained: a credit given back too early can be given back now. */
    void onEngineDrained() {
        if (drainedOnceSent) {
            drained();
        }
    }

    void onDisposition(ProtonOutgoingDelivery delivery) {
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
        int credit = freeCredit();
        int unsent = sender.getQueued();
        flow.setLinkCredit(UnsignedInteger.valueOf(credit + unsent));
        flow.setDeliveryCount(UnsignedInteger.valueOf(deliveryLimit - credit - unsent));
        flow.setAvailable(UnsignedInteger.valueOf(unsent));
        flow.setDrain(sender.getDrain());
    }

    @Override
    void onLeaving() {
        toResume = null;
        ProtonOutgoingStream half = stream;
        if (half != null) {
            half.abort();
        }
        // What the peer may still speak of is held for it as before.
        kept = isLingering() ? unsettled : 0;
        session().connection().quotas().unsettled().remove(unsettled - kept);
        session().connection().quotas().unsettled().forget(this);
        unsettled = 0;
    }

    @Override
    boolean mayLinger() {
        SendingLinkListener to = listener;
        if (to == null || !to.keepsUnsettled()) {
            return false;
        }
        session().lingering().add(this);
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
        for (Delivery delivery = sender.head(); delivery != null; delivery = delivery.next()) {
            if (delivery.getLocalState() == null) {
                delivery.disposition(DispositionRange.NoState.INSTANCE);
            }
        }
    }

    @Override
    boolean isSender() {
        return true;
    }
}
