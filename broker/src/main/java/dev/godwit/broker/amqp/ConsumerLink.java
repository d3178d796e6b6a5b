package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.ConsumerPort;
import dev.godwit.broker.queue.Interest;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueEntry;
import org.jspecify.annotations.Nullable;

/**
 * A link on which messages go out: our end has role {@code sender}. Owned by the connection's event loop.
 */
final class ConsumerLink
        implements SendingLinkListener, ConsumerPort, BrokerSession.BrokerLink, ResumableTerminus.Holder {
    private final SendingLink link;
    private final BrokerSession session;
    private final LinkOutcomes outcomes;
    private final boolean presettled;
    private final LinkTie tie;
    private final Retirements retirements;
    private final Acquisitions acquisitions;
    private final LostDeliveries lost;
    private final Dispositions dispositions;
    private @Nullable ConsumerDoor door;
    private @Nullable Outflow outflow;

    /** Null for a link that cannot be resumed. */
    private @Nullable ConsumerTerminus terminus;

    private @Nullable ConsumerStake stake;

    private boolean gone;

    /** Set when the peer has detached the link, and it waits to be resumed. */
    private @Nullable DetachedConsumer detachedConsumer;

    /** True when the peer only looks: what it is sent stays in the queue. */
    private final boolean copies;

    /** For operators. */
    private final String containerId;

    /** @param tie told when the link ends */
    ConsumerLink(
            SendingLink link,
            BrokerSession session,
            LinkOutcomes outcomes,
            boolean presettled,
            boolean copies,
            LinkTie tie) {
        this.link = link;
        this.session = session;
        this.outcomes = outcomes;
        this.presettled = presettled;
        this.copies = copies;
        this.tie = tie;
        this.containerId = session.connection().containerId();
        this.acquisitions = new Acquisitions(this, session.connection().transactions());
        this.retirements = new Retirements(this, outcomes, session.connection().transactions());
        this.lost = new LostDeliveries(this, outcomes, session.connection().transactions());
        this.dispositions = new Dispositions(
                this,
                outcomes,
                acquisitions,
                retirements,
                lost,
                session.connection().owner());
    }

    /** The longest message that the peer of a link takes. */
    static long messageBytesMax(SendingLink link) {
        var theirs = link.remoteAttach();
        long limit = theirs == null ? 0 : theirs.maxMessageSizeBytes();
        return limit == 0 ? Long.MAX_VALUE : limit;
    }

    @Override
    public String name() {
        return containerId + "/" + link.name();
    }

    /** What is unsettled is kept there beyond the life of this link. Before it joins. */
    void keepIn(ConsumerTerminus kept) {
        terminus = kept;
    }

    /** The link begins to take messages, unless what the peer said before it was answered has ended it. */
    void join(QueueDoor queue, Interest interest) {
        if (gone) {
            return;
        }
        door = queue.openConsumer(session.connection().owner(), this, interest);
        outflow = new Outflow(link, this, door, acquisitions, retirements, lost, terms());
        if (terminus != null) {
            stake = new ConsumerStake(session.connection().owner(), door);
        }
        onSendable(link);
    }

    private Outflow.Terms terms() {
        var wish = link.remoteAttach();
        boolean identified = wish != null
                && !LinkCapabilities.ofConsumer(wish.desiredCapabilities(), !copies)
                        .isEmpty();
        return new Outflow.Terms(
                presettled,
                copies,
                messageBytesMax(link),
                identified,
                session.connection().settings().journalMark());
    }

    /** What goes out. Once the link has joined its queue. */
    Outflow outflow() {
        if (outflow == null) {
            throw new IllegalStateException("link " + link.name() + " has not joined its queue");
        }
        return outflow;
    }

    ConsumerDoor door() {
        if (door == null) {
            throw new IllegalStateException("link " + link.name() + " has not joined its queue");
        }
        return door;
    }

    @Override
    public void onAttached(SendingLink attached) {
        throw new IllegalStateException("this container attaches no links of its own");
    }

    @Override
    public void onAcquisition(SendingLink acquiring, @Nullable TransactionId transactionId) {
        if (gone) {
            return;
        }
        if (transactionId != null && (copies || terminus != null)) {
            closeFor(AmqpError.NOT_IMPLEMENTED.because("messages cannot be acquired within a transaction on a link"
                    + (copies ? " that browses" : " that may be resumed")));
        } else {
            acquisitions.become(transactionId);
        }
    }

    @Override
    public void onSendable(SendingLink sendable) {
        if (!gone && outflow != null) {
            outflow.goOn();
        }
    }

    @Override
    public void onMessage(QueueEntry entry) {
        if (!gone) {
            outflow().take(entry);
        } else if (stake != null) {
            // It was on its way when the link was suspended.
            stake.giveBack(entry);
        }
    }

    @Override
    public void onDrained() {
        if (!gone) {
            outflow().onDrained();
        }
    }

    @Override
    public void onDropped(OutgoingDelivery delivery) {
        retirements.onDropped(delivery);
    }

    @Override
    public boolean keepsUnsettled() {
        return terminus != null;
    }

    @Override
    public void onLateDisposition(OutgoingDelivery delivery) {
        var held = detachedConsumer == null ? null : detachedConsumer.held(delivery.tag());
        if (held == null && isHeard() && lost.answers(delivery)) {
            return;
        }
        if (held == null) {
            retirements.onDropped(delivery);
        } else {
            dispositions.onResumed(delivery, held);
        }
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        if (gone) {
            retirements.onDropped(delivery);
        } else {
            dispositions.onDisposition(delivery);
        }
    }

    /** The peer broke the rules of this link: what it has not settled goes back. */
    void closeFor(ErrorCondition error) {
        if (gone) {
            return;
        }
        session.remove(this);
        leave();
        link.close(error);
        tie.onBroken();
    }

    /** What the peer has, and has not settled, is kept for a link that resumes this one. */
    void keep(OutgoingDelivery delivery, QueueEntry entry, @Nullable Message message, long leftMillis) {
        if (terminus != null && stake != null) {
            terminus.onSent(delivery.tag(), entry, message, leftMillis, stake);
        }
    }

    /** It need not be kept for a link that resumes this one. */
    void letGo(OutgoingDelivery delivery) {
        if (terminus != null) {
            terminus.letGo(delivery.tag());
        }
    }

    /** Where it is kept what the peer has, beyond the life of this link; null for nowhere. */
    @Nullable
    ConsumerTerminus terminus() {
        return terminus;
    }

    boolean isGone() {
        return gone;
    }

    /** True when the peer hears what becomes of its deliveries: also while its link, which it has detached, is kept. */
    boolean isHeard() {
        return !gone || (detachedConsumer != null && !detachedConsumer.isOver());
    }

    @Override
    public boolean settlesWhatItSends() {
        return presettled;
    }

    @Override
    public void onLockLost(QueueEntry entry) {
        if (gone) {
            forgetLost(entry);
            return;
        }
        if (outflow().forget(entry)) {
            return;
        }
        boolean cutOff = outflow().cutOff(entry);
        var delivery = lost.of(entry);
        if (delivery != null && !cutOff) {
            lost.onLost(delivery);
        } else if (delivery != null) {
            delivery.attach(null);
            letGo(delivery);
        }
        if (cutOff) {
            outflow().sendBehind();
        }
    }

    /** The link is gone, but a later one of its name would be given the message again, that others may have by then. */
    private void forgetLost(QueueEntry entry) {
        var hold = entry.hold();
        if (terminus == null || hold == null || !(hold.delivery() instanceof OutgoingDelivery delivery)) {
            return;
        }
        terminus.onLost(delivery.tag(), entry);
        if (isHeard() && lost.of(entry) == delivery) {
            lost.onLost(delivery);
        }
    }

    @Override
    public void onHeldTooLong(QueueEntry entry, long heldMillis) {
        if (gone) {
            forgetLost(entry);
            return;
        }
        var delivery = lost.of(entry);
        closeFor(
                AmqpError.RESOURCE_LIMIT_EXCEEDED.because(
                        "delivery "
                                + (delivery == null
                                        ? "on the way"
                                        : delivery.tag().toString()) + " was not settled for " + heldMillis
                                + " ms, longer than consumer-timeout allows: settle sooner, ask for less at a time, or have it raised"));
    }

    @Override
    public void onDetached(SendingLink detached, boolean closed, @Nullable ErrorCondition error) {
        session.remove(this);
        if (terminus != null && !closed) {
            suspend();
            detachedConsumer = new DetachedConsumer(session, link, terminus);
            terminus.onDetached(session);
        } else {
            leave();
        }
        tie.onDetached(closed);
    }

    @Override
    public void onSessionGone() {
        if (terminus != null) {
            suspend();
            terminus.onSessionGone(session);
        } else {
            leave();
        }
        tie.onGone();
    }

    /** Another link took the place of this one. */
    @Override
    public void onStolen() {
        if (gone) {
            return;
        }
        session.remove(this);
        if (terminus == null) {
            leave();
        } else {
            suspend();
        }
        link.detach(AmqpError.STOLEN.because("link " + link.name() + " was attached again elsewhere"));
        tie.onStolen();
        if (terminus != null) {
            terminus.onDetached(session);
        }
    }

    /** Leaves with the terminus what the peer has; what has not been sent goes back. */
    private void suspend() {
        if (gone || stake == null) {
            return;
        }
        gone = true;
        outflow().suspend(stake::giveBack);
        stake.onLinkGone();
    }

    @Override
    public void onQueueDeleted() {
        if (!gone) {
            session.remove(this);
            gone = true;
            giveUpOutflow();
            endTerminus();
            link.close(AmqpError.RESOURCE_DELETED.because("the queue was deleted"));
            tie.onNodeGone();
        }
    }

    @Override
    public void onSlow(long settled, long needed, long periodMillis) {
        if (!gone) {
            closeFor(
                    AmqpError.RESOURCE_LIMIT_EXCEEDED.because("slow consumer: " + settled + " messages were settled in "
                            + periodMillis + " ms, where slow-consumer-rate asks for " + needed
                            + ": settle faster, ask for less at a time, or have it lowered"));
        }
    }

    @Override
    public void onOverflow() {
        if (!gone) {
            closeFor(AmqpError.RESOURCE_LIMIT_EXCEEDED.because(
                    "messages had to be dropped because this subscription did not keep up: consume faster, grant more"
                            + " credit, or make it durable"));
        }
    }

    private void leave() {
        if (!gone) {
            gone = true;
            giveUpOutflow();
            endTerminus();
            if (door != null) {
                // What the peer had when it was lost may have been processed, or have been what it failed on (§3.3).
                door.leave(session.connection().isLost() ? outcomes.chosenDefault() : null);
            }
        }
    }

    private void giveUpOutflow() {
        if (outflow != null) {
            outflow.giveUp();
        }
    }

    private void endTerminus() {
        if (terminus != null) {
            terminus.end();
        }
    }
}
