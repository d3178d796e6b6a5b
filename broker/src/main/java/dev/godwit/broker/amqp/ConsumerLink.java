package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Modified;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.amqp.type.Outcome.Released;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.ConsumerPort;
import dev.godwit.broker.queue.Interest;
import dev.godwit.broker.queue.LargeMessage;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.transaction.Transaction;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A link on which messages go out: our end has role {@code sender}. Owned by the connection's event loop.
 *
 * <p>The queue may give this link only what the peer's credit allows, and no more at a time than the socket takes: the
 * limit it is told is moved on as messages leave.
 */
final class ConsumerLink
        implements SendingLinkListener, ConsumerPort, BrokerSession.BrokerLink, ResumableTerminus.Holder {
    private static final Logger log = LoggerFactory.getLogger(ConsumerLink.class);

    /** Messages that may be on their way from the queue to the socket. */
    private static final int AHEAD_MAX = 512;

    /** So many messages in a row may be too long for the peer: it would go through a whole queue on one credit. */
    private static final int PASSED_OVER_MAX = 100;

    /** A header section takes no more, with an identity behind it. */
    private static final int HEADER_BYTES_MAX = 128;

    private final SendingLink link;
    private final BrokerSession session;
    private final LinkOutcomes outcomes;
    private final boolean presettled;
    private final LinkTie tie;

    /** The peer takes no longer message on this link (AMQP 1.0 §2.7.3). */
    private final long messageBytesMax;

    private final Retirements retirements;
    private final Acquisitions acquisitions;
    private final LostDeliveries lost;
    private @Nullable ConsumerDoor door;

    /** Null for a link that cannot be resumed. */
    private @Nullable ConsumerTerminus terminus;

    private @Nullable ConsumerStake stake;

    /** Messages that the queue has given us, and how many it may have given in all. */
    private long received;

    private long limit;
    private long drainLimit;
    private boolean draining;
    private boolean gone;

    /** Set when the peer has detached the link, and it waits to be resumed. */
    private @Nullable DetachedConsumer detachedConsumer;

    /** Messages in a row that were longer than the peer takes. */
    private int passedOver;

    /** True when the peer only looks: what it is sent stays in the queue. */
    private final boolean copies;

    /** The large message that is going out, and what the queue has given us behind it, or what waits for credit. */
    private @Nullable LargeMessageDelivery large;

    private final ArrayDeque<QueueEntry> behind = new ArrayDeque<>();

    /** The peer wants to know messages again. */
    private final boolean identified;

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
        this.messageBytesMax = messageBytesMax(link);
        var wish = link.remoteAttach();
        this.identified = wish != null
                && !LinkCapabilities.ofConsumer(wish.desiredCapabilities(), !copies)
                        .isEmpty();
        this.containerId = session.connection().containerId();
        this.acquisitions = new Acquisitions(this, session.connection().transactions());
        this.retirements = new Retirements(this, outcomes, session.connection().transactions());
        this.lost = new LostDeliveries(this, outcomes, session.connection().transactions());
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
        if (terminus != null) {
            stake = new ConsumerStake(session.connection().owner(), door);
        }
        onSendable(link);
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
        if (gone || door == null) {
            return;
        }
        if (large != null) {
            large.goOn();
        }
        while (large == null && !behind.isEmpty() && link.credit() > 0) {
            send(behind.removeFirst());
        }
        if (link.isDraining()) {
            drain();
        } else {
            updateLimit();
        }
    }

    /** Takes what the queue has, in slices that the socket can take, until there is no more or no credit. */
    private void drain() {
        if (draining) {
            return;
        }
        int credit = freeCredit();
        if (credit == 0) {
            link.drained();
        } else if (link.isWritable()) {
            draining = true;
            drainLimit = received + Math.min(credit, AHEAD_MAX);
            limit = drainLimit;
            door().drain(drainLimit);
        }
    }

    private void updateLimit() {
        if (draining || link.isDraining() || large != null) {
            return;
        }
        int credit = freeCredit();
        int ahead = link.isWritable() ? Math.min(credit, AHEAD_MAX) : 0;
        long wanted = received + ahead;
        boolean withdrawn = wanted < limit && limit > received + credit;
        boolean runningLow = wanted > limit && (limit - received) * 2 <= ahead;
        if (withdrawn || runningLow) {
            limit = wanted;
            door().setLimit(limit);
        }
    }

    /** Credit that no message waits for. */
    private int freeCredit() {
        return Math.max(0, link.credit() - behind.size());
    }

    @Override
    public void onMessage(QueueEntry entry) {
        received++;
        if (gone) {
            if (stake != null) {
                // It was on its way when the link was suspended.
                stake.giveBack(entry);
            }
            return;
        }
        if (large != null || !behind.isEmpty()) {
            behind.addLast(entry);
        } else {
            send(entry);
        }
    }

    private void send(QueueEntry entry) {
        if (LostDeliveries.isLost(entry)) {
            // Others may have it by now, or we again.
            updateLimit();
            return;
        }
        if (link.credit() == 0) {
            // The peer took its credit back while this one was on its way.
            if (copies) {
                behind.addFirst(entry);
            } else {
                door().giveBack(entry, false, false);
            }
            return;
        }
        var parts = entry.large();
        if (parts != null) {
            if (bytesAtMost(entry, parts) > messageBytesMax) {
                passOver(entry, parts.encodedBytes());
            } else {
                sendLarge(entry, parts);
            }
            return;
        }
        var message = entry.takeMessage();
        if (message == null) {
            throw new IllegalStateException("link " + link.name() + " was given a message without its bytes");
        }
        var added = annotationsOf(entry);
        long leftMillis = entry.leftMillis();
        ByteBuffer head;
        ByteBuffer tail;
        if (added == null) {
            head = message.head(entry.deliveryCount(), !entry.wasAcquiredBefore(), leftMillis, identityOf(entry));
            tail = message.tail(head);
        } else {
            var rewritten = message.rewritten(
                    entry.deliveryCount(), !entry.wasAcquiredBefore(), leftMillis, added, identityOf(entry));
            head = rewritten.head();
            tail = rewritten.tail();
        }
        if (head.remaining() + tail.remaining() > messageBytesMax) {
            passOver(entry, message.sizeBytes());
        } else {
            send(entry, message, leftMillis, head, tail);
        }
    }

    private void send(QueueEntry entry, Message message, long leftMillis, ByteBuffer head, ByteBuffer tail) {
        passedOver = 0;
        entry.onSent();
        // Only what is sent is an operation of the transaction.
        var acquiring = acquisitions.acquire();
        if (acquiring == null) {
            entry.onDelivered();
        }
        if (!presettled) {
            lost.beforeSending(link, entry);
        }
        var delivery = link.send(head, tail, presettled, acquiring == null ? null : Acquisitions.stateOf(acquiring));
        if (presettled) {
            consumePresettled(entry, acquiring);
        } else if (acquiring != null) {
            acquisitions.onSent(delivery, entry, acquiring);
            lost.onSent(delivery, entry);
        } else {
            delivery.attach(entry);
            lost.onSent(delivery, entry);
            keep(delivery, entry, message, leftMillis);
        }
        updateLimit();
    }

    /** Null for one that is lost with the broker, or when nobody asked. */
    private @Nullable ByteBuffer identityOf(QueueEntry entry) {
        return identified ? entry.identity(session.connection().settings().journal()) : null;
    }

    private void consumePresettled(QueueEntry entry, @Nullable Transaction acquiring) {
        if (acquiring == null) {
            door().consume(entry);
        } else if (acquiring.isActive()) {
            retirements.onSentSettled(entry, acquiring);
        } else {
            acquisitions.onSentLate(entry, acquiring);
        }
    }

    private void keep(OutgoingDelivery delivery, QueueEntry entry, @Nullable Message message, long leftMillis) {
        if (terminus != null && stake != null) {
            terminus.onSent(delivery.tag(), entry, message, leftMillis, stake);
        }
    }

    /** Who has a message with its delivery need not hear for how long. */
    private @Nullable AddedAnnotations annotationsOf(QueueEntry entry) {
        return presettled ? entry.annotations() : entry.annotationsToSend();
    }

    /** What is written before a message that comes again is not known before its first part was read. */
    private long bytesAtMost(QueueEntry entry, LargeMessage parts) {
        var added = annotationsOf(entry);
        boolean asItCame = added == null
                && !identified
                && entry.deliveryCount() == 0
                && !entry.wasAcquiredBefore()
                && !entry.mayExpire();
        return asItCame
                ? parts.encodedBytes()
                : parts.encodedBytes() + HEADER_BYTES_MAX + (added == null ? 0 : added.heapBytes());
    }

    /** The message stays in its queue for consumers that take longer ones; this link is not given it again. */
    private void passOver(QueueEntry entry, long messageBytes) {
        passedOver++;
        if (passedOver > PASSED_OVER_MAX) {
            // What it has gone through waits beside the queue's line for others, and takes memory there.
            closeFor(AmqpError.MESSAGE_SIZE_EXCEEDED.because("more than " + PASSED_OVER_MAX
                    + " messages in a row are longer than the " + messageBytesMax + " bytes that link " + link.name()
                    + " takes: raise its max-message-size, or have others consume the long messages first"));
            return;
        }
        if (passedOver == 1) {
            log.debug(
                    "{} takes messages of up to {} bytes on a link: one of {} stays in its queue for others",
                    session.connection().containerId(),
                    messageBytesMax,
                    messageBytes);
        }
        door().giveBack(entry, false, true);
        updateLimit();
    }

    private void sendLarge(QueueEntry entry, LargeMessage parts) {
        passedOver = 0;
        entry.onSent();
        var acquiring = acquisitions.acquire();
        if (!presettled) {
            lost.beforeSending(link, entry);
        }
        var stream = link.stream(presettled, acquiring == null ? null : Acquisitions.stateOf(acquiring));
        if (acquiring != null && !presettled) {
            acquisitions.onSent(stream.delivery(), entry, acquiring);
            lost.onSent(stream.delivery(), entry);
        } else if (!presettled) {
            stream.delivery().attach(entry);
            lost.onSent(stream.delivery(), entry);
            keep(stream.delivery(), entry, null, 0);
        }
        var begun = new LargeMessageDelivery(
                entry,
                annotationsOf(entry),
                identityOf(entry),
                parts,
                stream,
                door()::readParts,
                new LargeMessageDelivery.Ending() {
                    @Override
                    public void onSent(LargeMessageDelivery delivery) {
                        if (presettled) {
                            consumePresettled(entry, acquiring);
                        } else if (stream.delivery().attachment() == entry) {
                            entry.onDelivered();
                        }
                        sendBehind();
                    }

                    @Override
                    public void onUnreadable(LargeMessageDelivery delivery, String problem) {
                        door().setAside(entry, problem);
                        letGo(stream.delivery());
                        sendBehind();
                    }
                });
        large = begun;
        begun.goOn();
    }

    /** The large message is off the link: the others follow. */
    void sendBehind() {
        large = null;
        while (large == null && !behind.isEmpty() && (link.credit() > 0 || !copies)) {
            send(behind.removeFirst());
        }
        onSendable(link);
    }

    private void giveUpLarge() {
        behind.clear();
        if (large != null) {
            large.cancel();
            large = null;
        }
    }

    @Override
    public void onDrained() {
        draining = false;
        if (gone) {
            return;
        }
        limit = received;
        boolean sliceWasFull = received == drainLimit;
        if (sliceWasFull && freeCredit() > 0) {
            onSendable(link);
        } else {
            link.drained();
            updateLimit();
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
            onResumedDisposition(delivery, held);
        }
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        if (gone) {
            retirements.onDropped(delivery);
            return;
        }
        if (lost.answers(delivery)) {
            return;
        }
        if (delivery.attachment() instanceof ConsumerTerminus.Held resumed) {
            onResumedDisposition(delivery, resumed);
            return;
        }
        if (delivery.remoteState() instanceof TransactionalState state) {
            retirements.onTransactional(delivery, state);
            return;
        }
        if (delivery.attachment() instanceof Acquisitions.Acquired acquired
                && acquired.transaction().isActive()) {
            acquisitions.refuseOutcome(acquired);
            return;
        }
        if (delivery.attachment() instanceof Retirements.Retired) {
            retirements.onSettled(delivery);
            return;
        }
        var entry = Retirements.entryOf(delivery);
        if (entry == null) {
            return;
        }
        if (delivery.remoteState() instanceof Outcome outcome) {
            if (outcomes.allows(outcome)) {
                settle(delivery, entry, outcome);
            } else {
                closeFor(outcomes.notAgreed(outcome));
            }
        } else if (delivery.isRemotelySettled()) {
            settle(delivery, entry, outcomes.byDefault());
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

    /** What a delivery gets that an earlier link of this name began. */
    private void onResumedDisposition(OutgoingDelivery delivery, ConsumerTerminus.Held resumed) {
        Outcome outcome;
        if (delivery.remoteState() instanceof TransactionalState state) {
            retirements.onResumed(delivery, resumed, state, session.connection().owner());
            return;
        }
        if (delivery.remoteState() instanceof Outcome theirs && outcomes.allows(theirs)) {
            outcome = theirs;
        } else if (delivery.isRemotelySettled()) {
            outcome = outcomes.byDefault();
        } else {
            return;
        }
        delivery.attach(null);
        var kept = terminus;
        if (kept != null) {
            // Settled here only when it is safe: a link that comes before that waits for it.
            kept.awaitAnswer();
        }
        resumed.stake().settle(resumed.entry(), outcome, session.connection().owner(), wasLost -> {
            if (isHeard() && wasLost) {
                lost.answer(delivery);
            } else if (isHeard()) {
                delivery.settle(delivery.isRemotelySettled() ? null : outcome);
            }
            if (kept != null) {
                kept.onAnswer();
            }
        });
        letGo(delivery);
    }

    /** It need not be kept for a link that resumes this one. */
    void letGo(OutgoingDelivery delivery) {
        if (terminus != null) {
            terminus.letGo(delivery.tag());
        }
    }

    private void settle(OutgoingDelivery delivery, QueueEntry entry, Outcome outcome) {
        delivery.attach(null);
        boolean cutOff = cutOff(entry);
        settleWith(delivery, entry, outcome);
        letGo(delivery);
        if (cutOff) {
            sendBehind();
        }
    }

    /** True while the peer has not been sent all of it. */
    boolean isSending(QueueEntry entry) {
        return large != null && large.entry() == entry;
    }

    /** The peer has heard enough of it: true when it had not been sent all, so that others wait behind. */
    boolean cutOff(QueueEntry entry) {
        if (large == null || !isSending(entry)) {
            return false;
        }
        large.cancel();
        return true;
    }

    boolean isGone() {
        return gone;
    }

    /** True when the peer hears what becomes of its deliveries: also while its link, which it has detached, is kept. */
    boolean isHeard() {
        return !gone || (detachedConsumer != null && !detachedConsumer.isOver());
    }

    private void settleWith(OutgoingDelivery delivery, QueueEntry entry, Outcome outcome) {
        if (!delivery.isRemotelySettled() && (outcome instanceof Accepted || entry.hold() != null)) {
            settleInTurn(delivery, entry, outcome);
            return;
        }
        if (outcome instanceof Accepted) {
            door().consume(entry);
            delivery.settle(null);
            return;
        }
        if (outcome instanceof Released) {
            door().giveBack(entry, false, false);
        } else if (outcome instanceof Rejected rejected) {
            door().reject(entry, rejected.error());
        } else if (outcome instanceof Modified modified) {
            door().giveBack(
                            entry,
                            modified.deliveryFailed(),
                            modified.undeliverableHere(),
                            modified.messageAnnotations());
        }
        delivery.settle(outcome);
    }

    /** The peer waits for our word: it may not come before a removal is on the disk, nor for what it has lost by then. */
    private void settleInTurn(OutgoingDelivery delivery, QueueEntry entry, Outcome outcome) {
        var kept = terminus;
        if (kept != null) {
            kept.awaitAnswer();
        }
        door().settle(entry, outcome, new ConsumerDoor.Acceptance() {
            @Override
            public void run() {
                if (isHeard()) {
                    delivery.settle(outcome);
                }
                onAnswered(kept);
            }

            @Override
            public void onLost() {
                if (isHeard()) {
                    lost.answer(delivery);
                }
                onAnswered(kept);
            }
        });
    }

    private static void onAnswered(@Nullable ConsumerTerminus kept) {
        if (kept != null) {
            kept.onAnswer();
        }
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
        if (behind.remove(entry)) {
            return;
        }
        boolean cutOff = cutOff(entry);
        var delivery = lost.of(entry);
        if (delivery != null && !cutOff) {
            lost.onLost(delivery);
        } else if (delivery != null) {
            delivery.attach(null);
            letGo(delivery);
        }
        if (cutOff) {
            sendBehind();
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
        door().setLimit(received);
        behind.forEach(stake::giveBack);
        giveUpLarge();
        stake.onLinkGone();
    }

    @Override
    public void onQueueDeleted() {
        if (!gone) {
            session.remove(this);
            gone = true;
            giveUpLarge();
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
            giveUpLarge();
            endTerminus();
            if (door != null) {
                // What the peer had when it was lost may have been processed, or have been what it failed on (§3.3).
                door.leave(session.connection().isLost() ? outcomes.chosenDefault() : null);
            }
        }
    }

    private void endTerminus() {
        if (terminus != null) {
            terminus.end();
        }
    }
}
