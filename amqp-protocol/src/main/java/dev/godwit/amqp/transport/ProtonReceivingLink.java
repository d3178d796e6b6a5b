package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingStreamListener;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.ReceiverSettleMode;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Receiver;
import org.jspecify.annotations.Nullable;

/**
 * A link on which we receive, over the engine's receiver. Owned by the connection's loop.
 *
 * <p>Design note: payloads are joined here, so that a message over the limit is dropped at the byte where it exceeds
 * it; the engine sees each transfer without its payload, and keeps ids, credit and settlement. A message that grows long
 * is offered to the listener in parts, and one of any length when peers make us hold too much.
 */
final class ProtonReceivingLink extends ProtonLink implements ReceivingLink {
    /** When so much of a message is here and more is to come, it is offered in parts. */
    private static final int STREAM_FROM_BYTES = 256 * 1024;
    /** Smaller frames are joined to parts of this size at least. */
    private static final int PART_BYTES = 64 * 1024;

    /** When peers make us hold too much, so little is handed on... */
    private static final int SCARCE_PART_BYTES = 256;
    /** ... once a message costs so much; less a link may always have. */
    private static final int SCARCE_COST_BYTES = 1_024;

    /** What a frame takes on the heap beside its payload. */
    private static final int FRAME_BYTES = 32;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Receiver receiver;
    private final PartialMessage partial = new PartialMessage();
    private final ReceiverCredit credit = new ReceiverCredit();
    private final TransferRules rules;
    private @Nullable ReceivingLinkListener listener;
    private @Nullable ByteBuffer completed;
    private @Nullable ProtonIncomingStream stream;
    private boolean wantedWhole;
    /** The peer has sent the beginning of a message, and not its end. */
    private boolean inProgress;

    /** The number in its session of the message that came last, or is coming. */
    private long deliveryNumber;

    /** The peer has settled, by a disposition, the message that it has not sent to its end. */
    private boolean settledEarly;

    private long countedBytes;
    /** There is no room for what this link holds of a message: it goes on in parts, or not at all. */
    private boolean scarce;

    private @Nullable UnsignedInteger deliveryId;
    private boolean resuming;
    private boolean asksForFirst;

    /** With what state the delivery that is coming in was announced; null for none, and once nobody needs it any more. */
    private org.apache.qpid.proton.amqp.transport.@Nullable DeliveryState announcedState;

    ProtonReceivingLink(
            ProtonSession session,
            String name,
            Receiver receiver,
            LinkState state,
            @Nullable ReceivingLinkListener listener) {
        super(session, name, receiver, state);
        this.receiver = receiver;
        this.listener = listener;
        rules = new TransferRules(
                this, credit, partial, session.connection().limits().maxMessageSizeBytes());
    }

    // ---- what the container asks

    @Override
    public void accept(AttachParameters answer, ReceivingLinkListener newListener) {
        listener = newListener;
        AttachParameters theirs = remoteAttach();
        if (theirs != null) {
            rules.allowResumption(theirs, answer);
        }
        answer(withLimit(answer));
    }

    /** See {@link TransferRules#agree}. */
    AttachParameters withLimit(AttachParameters parameters) {
        return rules.agree(parameters);
    }

    @Override
    public int credit() {
        return credit.left();
    }

    @Override
    public void addCredit(int messages) {
        session().connection().assertOnLoop();
        LinkState state = state();
        if (messages <= 0 || state == LinkState.DETACHED || state == LinkState.DETACH_SENT) {
            return;
        }
        credit.give(messages);
        receiver.flow(messages);
        session().connection().touch();
    }

    @Override
    public @Nullable DeliveryState partialState() {
        return partial.isBegun() ? ProtonStates.fromEngine(announcedState) : null;
    }

    @Override
    public void drain() {
        session().connection().assertOnLoop();
        if (!isAttached() || credit.isDraining()) {
            return;
        }
        credit.drain();
        if (credit.left() == 0) {
            session().connection().loop().execute(this::onMaybeDrained);
            return;
        }
        receiver.drain(0);
        session().connection().touch();
    }

    // ---- what happens

    /** The peer sent its attach: it counts deliveries from here. */
    void onInitialDeliveryCount(UnsignedInteger count) {
        credit.onInitialCount(count.intValue());
    }

    /**
     * A transfer frame came in for this link. Detaches the link when the frame breaks its rules.
     *
     * @return whether the engine shall see the frame
     */
    boolean onTransfer(Transfer transfer, byte[] payload) {
        boolean first = !inProgress;
        if (first ? !session().onNewDelivery(this, transfer) : !isSameDelivery(transfer)) {
            return false;
        }
        if (first) {
            deliveryNumber = session().lastDelivery();
            deliveryId = transfer.getDeliveryId();
            announcedState = transfer.getState();
            settledEarly = false;
        }
        becomeInProgress(transfer.getMore() && !transfer.getAborted());
        if (settledEarly && !inProgress) {
            transfer.setSettled(Boolean.TRUE);
        }
        ErrorCondition fault = state() == LinkState.DETACH_SENT ? null : rules.faultOf(transfer, payload, first);
        scarce = false;
        if (fault == null && inProgress) {
            scarce = !countPartial(payload.length + FRAME_BYTES) && countedBytes > SCARCE_COST_BYTES;
        }
        if (fault != null) {
            failForPeer(fault);
        }
        if (state() != LinkState.ATTACHED) {
            // On the way before the peer saw our detach. The engine must count it, and never speak of it.
            dropPartial();
            tellDropped(announcedState);
            announcedState = null;
            transfer.setState(null);
            transfer.setSettled(Boolean.TRUE);
            return true;
        }
        if (first) {
            credit.onMessageBegun();
            partial.begin(transfer);
            resuming = transfer.getResume();
            asksForFirst =
                    transfer.getRcvSettleMode() == org.apache.qpid.proton.amqp.transport.ReceiverSettleMode.FIRST;
        }
        if (transfer.getAborted()) {
            dropPartial();
        } else {
            if (!resuming) {
                partial.add(payload);
            }
            if (!inProgress) {
                completed = partial.takeHeld();
                uncountPartial();
                partial.clear();
            }
        }
        if (!inProgress) {
            credit.onMessageEnded();
        }
        return true;
    }

    private void tellDropped(org.apache.qpid.proton.amqp.transport.@Nullable DeliveryState engineState) {
        DeliveryState came = ProtonStates.fromEngine(engineState);
        if (came != null && listener != null) {
            listener.onDropped(came);
        }
    }

    private void becomeInProgress(boolean now) {
        if (now == inProgress) {
            return;
        }
        inProgress = now;
        if (now) {
            session().unfinished().add(deliveryNumber, this);
        } else {
            session().unfinished().remove(deliveryNumber);
        }
    }

    @Override
    boolean hasUnsent() {
        return false;
    }

    @Override
    void dropUnsent() {
        // It sends nothing.
    }

    @Override
    boolean mayLinger() {
        // What a producer settles after it has detached, it does not list when it attaches again.
        return false;
    }

    @Override
    void onRetired() {
        becomeInProgress(false);
    }

    /** The peer has settled the message that it has not sent to its end. */
    void onSettledEarly() {
        settledEarly = true;
    }

    private boolean countPartial(int bytes) {
        countedBytes += bytes;
        return session().connection().quotas().addPartialBytes(bytes);
    }

    private void uncountPartial() {
        if (countedBytes > 0) {
            session().connection().quotas().addPartialBytes(-countedBytes);
            countedBytes = 0;
        }
    }

    private void dropPartial() {
        partial.clear();
        wantedWhole = false;
        uncountPartial();
    }

    /** Nobody will get the rest of the message that is coming in. */
    private void losePartial() {
        if (partial.isBegun()) {
            tellDropped(announcedState);
            announcedState = null;
        }
        dropPartial();
        ProtonIncomingStream lost = takeStream();
        if (lost != null) {
            lost.onLost();
        }
    }

    private @Nullable ProtonIncomingStream takeStream() {
        ProtonIncomingStream taken = stream;
        if (taken != null) {
            stream = null;
            session().window().addStreams(-1);
        }
        return taken;
    }

    @Override
    void onSessionOver() {
        losePartial();
        super.onSessionOver();
    }

    @Override
    void onLeaving() {
        losePartial();
    }

    private boolean isSameDelivery(Transfer transfer) {
        UnsignedInteger id = transfer.getDeliveryId();
        if (id == null || id.equals(deliveryId)) {
            return true;
        }
        session()
                .fail(AmqpError.INVALID_FIELD.because("delivery " + id + " begins on link " + name()
                        + " before delivery " + deliveryId + " has ended"));
        return false;
    }

    /** The engine has a delivery for us: a new one, or news of one. */
    void onDelivery(Delivery delivery) {
        if (delivery.getContext() instanceof ProtonIncomingDelivery known) {
            known.onRemoteUpdate();
            return;
        }
        if (delivery.isAborted()) {
            delivery.settle();
            // The container never had it to settle, so nobody else gives this credit back.
            addCredit(credit.isDraining() ? 0 : 1);
            ProtonIncomingStream aborted = takeStream();
            if (aborted != null) {
                aborted.onAborted();
            }
            onMaybeDrained();
            return;
        }
        if (delivery.isPartial()) {
            onPartial(delivery);
            return;
        }
        wantedWhole = false;
        ByteBuffer message = completed;
        completed = null;
        ProtonIncomingStream ending = takeStream();
        if (ending != null && message != null) {
            end(ending, delivery, message);
            return;
        }
        ReceivingLinkListener to = listener;
        if (message == null || to == null || state() != LinkState.ATTACHED) {
            tellDropped(delivery.getRemoteState());
            delivery.settle();
            return;
        }
        ProtonIncomingDelivery incoming = newIncoming(delivery, message);
        if (resuming) {
            resuming = false;
            to.onResumed(incoming);
        } else {
            to.onDelivery(incoming);
        }
        onMaybeDrained();
    }

    private ProtonIncomingDelivery newIncoming(Delivery delivery, ByteBuffer message) {
        var incoming = new ProtonIncomingDelivery(
                this, delivery, message, asksForFirst ? ReceiverSettleMode.FIRST : rules.receiverSettleMode());
        delivery.setContext(incoming);
        receiver.advance();
        return incoming;
    }

    /** More of a message is here; perhaps enough to hand it on. */
    private void onPartial(Delivery delivery) {
        ProtonIncomingStream current = stream;
        int offeredFrom = scarce ? SCARCE_PART_BYTES : STREAM_FROM_BYTES;
        if (current == null && partial.heldBytes() >= offeredFrom && !wantedWhole) {
            current = offer(delivery);
        }
        if (current != null && partial.heldBytes() >= (scarce ? SCARCE_PART_BYTES : PART_BYTES)) {
            scarce = false;
            uncountPartial();
            current.onPart(partial.takeHeld());
        }
        if (scarce && isAttached()) {
            failForPeer(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("too many long messages have come in part"));
        }
    }

    private @Nullable ProtonIncomingStream offer(Delivery delivery) {
        ReceivingLinkListener to = listener;
        if (to == null || state() != LinkState.ATTACHED) {
            return null;
        }
        var offered = new ProtonIncomingStream(this, delivery);
        IncomingStreamListener taker = to.onStream(offered);
        if (taker == null) {
            wantedWhole = true;
            return null;
        }
        offered.setListener(taker);
        if (!isAttached()) {
            // Whoever was to take it has detached the link instead.
            offered.onLost();
            return null;
        }
        stream = offered;
        session().window().addStreams(1);
        return offered;
    }

    private void end(ProtonIncomingStream ending, Delivery delivery, ByteBuffer lastPart) {
        ProtonIncomingDelivery incoming = newIncoming(delivery, NOTHING);
        ending.onPart(lastPart);
        ending.onEnd(incoming);
        onMaybeDrained();
    }

    /**
     * A flow frame of the peer, before the engine sees it.
     *
     * @return whether the engine shall see the link's half of it
     */
    boolean beforeFlow(Flow flow) {
        if (flow.getDeliveryCount() == null || state() != LinkState.ATTACHED) {
            return false;
        }
        int given = credit.givenBack(flow.getDeliveryCount());
        if (given < 0) {
            return false;
        }
        int excess = credit.excess(given);
        if (excess > 0) {
            failForPeer(AmqpError.TRANSFER_LIMIT_EXCEEDED.because(
                    "delivery-count on link " + name() + " runs ahead of its credit by " + excess));
            return false;
        }
        credit.takeBack(given);
        return true;
    }

    /** The engine took the flow frame in. */
    void onFlow() {
        receiver.drained();
        onMaybeDrained();
    }

    private void onMaybeDrained() {
        if (!credit.isDraining() || credit.left() > 0 || partial.isBegun() || !isAttached()) {
            return;
        }
        credit.onDrained();
        receiver.setDrain(false);
        if (listener != null) {
            listener.onDrained(this);
        }
    }

    void onSettled(ProtonIncomingDelivery delivery) {
        ReceivingLinkListener to = listener;
        if (to != null && isAttached()) {
            to.onSettled(delivery);
        }
    }

    @Override
    void describe(Flow flow) {
        credit.describe(flow, partial.isBegun());
    }

    @Override
    void onAttached() {
        if (listener != null) {
            listener.onAttached(this);
        }
    }

    @Override
    void onDetached(boolean closed, @Nullable ErrorCondition error) {
        losePartial();
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
        // The engine's receiver settles each when it is freed.
    }

    @Override
    boolean isSender() {
        return false;
    }
}
