package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.IncomingStream;
import dev.godwit.amqp.container.IncomingStreamListener;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.amqp.type.Outcome.Released;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.address.ProducerCredit;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.message.UnknownAnnotations;
import dev.godwit.broker.queue.QueueTransaction;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.transaction.Transaction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A link on which messages come in: our end has role {@code receiver}. Owned by the connection's event loop.
 *
 * <p>Credit (AMQP 1.0 §2.6.7) is counted in messages and given back for what has been settled, so the window also bounds
 * how many messages of one link wait for the journal. It shrinks when messages are large.
 */
final class ProducerLink implements ReceivingLinkListener, BrokerSession.BrokerLink, ResumableTerminus.Holder {
    private static final Logger log = LoggerFactory.getLogger(ProducerLink.class);
    static final int MESSAGE_FORMAT_AMQP = 0;

    /** What a message in parts counts for in the window: it is held back by what has not been taken of it. */
    private static final int BYTES_OF_LARGE = 256 * 1024;

    private final ReceivingLink link;
    private final Route route;
    private final BrokerSession session;
    private final IntakeGate gate;
    private final CreditWindow window;
    private final MessageReader reader;
    private final ProducerPace pace;
    private final LinkTie tie;
    /** Null for a link that cannot be resumed. */
    private final @Nullable ProducerTerminus terminus;

    private final UnknownAnnotations unknownAnnotations;

    /** Whether the peer understands the outcome rejected; if not, its link ends instead. */
    private final boolean knowsRejected;

    private boolean gone;

    /** Messages whose outcome the peer has been told, and that it has to settle itself. */
    private int answered;

    /** A link that cannot be resumed. */
    ProducerLink(ReceivingLink link, Route route, ProducerPace pace, BrokerSession session, LinkTie tie) {
        this(link, route, pace, session, tie, null);
    }

    /**
     * @param pace how fast it may go on; ends with the link
     * @param tie told when the link ends
     * @param terminus remembers outcomes beyond the life of this link; null when it cannot be resumed
     */
    ProducerLink(
            ReceivingLink link,
            Route route,
            ProducerPace pace,
            BrokerSession session,
            LinkTie tie,
            @Nullable ProducerTerminus terminus) {
        this.pace = pace;
        this.terminus = terminus;
        this.link = link;
        var wish = link.remoteAttach();
        boolean numbers = wish != null && wish.desiredCapabilities().contains(Capability.NUMBERED_SENDS);
        this.reader = new MessageReader(
                numbers ? Numbering.ofUser(session.connection().user()) : null);
        this.knowsRejected = wish == null || LinkOutcomes.knowsRejected(wish.source());
        this.route = route;
        this.session = session;
        this.gate = session.connection().gate();
        var settings = session.connection().settings();
        this.unknownAnnotations = settings.unknownAnnotations();
        this.window = new CreditWindow(settings.creditWindow(), settings.creditWindowBytes());
        this.tie = tie;
    }

    /** Invites as many messages as the window has room for, unless the broker is short of room itself. */
    void payCredit() {
        if (gone) {
            return;
        }
        if (gate.isClosed()) {
            gate.waitForOpening(this);
            return;
        }
        if (!pace.mayGoOn(window, this::payCredit)) {
            return;
        }
        int credit = window.takeOwed();
        if (credit > 0) {
            link.addCredit(credit);
        }
    }

    /** Whether nothing is said on it any more. */
    boolean isGone() {
        return gone;
    }

    /** True when its messages go to the address of that name, or have gone there. */
    boolean leadsTo(String name) {
        return route.leadsTo(name);
    }

    /** What an operator sees of it who asks for the address of that name. */
    ProducerCredit describe(String name) {
        var connection = session.connection();
        int unconfirmed = Math.max(0, window.granted() - link.credit());
        return new ProducerCredit(
                connection.containerId(),
                connection.user(),
                link.name(),
                link.credit(),
                unconfirmed,
                CreditObstacle.of(link.credit(), ofGate(), answered, unconfirmed, route.obstacle(name)));
    }

    private @Nullable CreditReason ofGate() {
        var closedFor = gate.obstacle();
        return closedFor == null && pace.isHeldBack() ? CreditReason.RATE_EXCEEDED : closedFor;
    }

    @Override
    public void onAttached(ReceivingLink attached) {
        throw new IllegalStateException("this container attaches no links of its own");
    }

    /** THE entry: a message came in. */
    @Override
    public void onDelivery(IncomingDelivery delivery) {
        var reply = new Inbound(delivery);
        var encoded = delivery.message();
        window.onArrived(encoded.remaining());
        pace.onArrived(encoded.remaining());
        var state = delivery.remoteState();
        if (state != null && !reply.join(state, encoded.remaining())) {
            return;
        }
        var tooLong = pace.objectionTo(encoded.remaining());
        if (tooLong != null) {
            reply.onBreach(tooLong);
            return;
        }
        if (delivery.messageFormat() != MESSAGE_FORMAT_AMQP) {
            reply.onUnroutable(unknownFormat(delivery.messageFormat()));
            return;
        }
        Message message;
        try {
            message = reader.read(encoded, Clock.SYSTEM.nowMillis());
        } catch (AmqpDecodeException malformed) {
            reply.onUnroutable(AmqpError.DECODE_ERROR.because(malformed.getMessage()));
            return;
        }
        var breach = unknownAnnotations.objectionTo(reader);
        if (breach != null) {
            reply.onBreach(breach);
            return;
        }
        var objection = reader.objectionToDeliveryTime();
        if (objection != null) {
            reply.onUnroutable(objection);
            return;
        }
        route.pass(message, reply);
    }

    static ErrorCondition unknownFormat(int messageFormat) {
        return AmqpError.NOT_IMPLEMENTED.because(
                "message-format " + Integer.toUnsignedString(messageFormat) + " is not known here; send 0");
    }

    static ErrorCondition unknownTransaction() {
        return AmqpError.UNKNOWN_TRANSACTION.because("there is no such transaction");
    }

    /** The peer takes it for posted until it sees our detach: its transaction must not be committed without it. */
    @Override
    public void onDropped(DeliveryState state) {
        if (state instanceof TransactionalState transactional) {
            var named = session.connection().transactions().find(transactional.transactionId());
            if (named != null) {
                named.fail(AmqpError.TRANSACTION_ROLLBACK.because(
                        "a message was posted on link " + link.name() + ", which had been closed"));
            }
        }
    }

    /** A message comes in that is too large to be held whole. */
    @Override
    public IncomingStreamListener onStream(IncomingStream stream) {
        window.onArrived(BYTES_OF_LARGE);
        pace.onArrived(0);
        return new LargeMessageIntake(
                stream,
                route,
                pace,
                reader,
                unknownAnnotations,
                session.connection().transactions(),
                (delivery, transaction) -> {
                    var reply = new Inbound(delivery);
                    reply.transaction = transaction;
                    return reply;
                });
    }

    @Override
    public boolean isPosting(TransactionId transactionId) {
        return link.partialState() instanceof TransactionalState state
                && state.transactionId().equals(transactionId);
    }

    @Override
    public void onSettled(IncomingDelivery delivery) {
        // Receiver settle mode second: only now the producer has heard what became of its message.
        if (terminus != null) {
            terminus.forget(tagOf(delivery));
        }
        answered--;
        onOneSettled();
    }

    private void onOneSettled() {
        window.onSettled();
        if (!gone && window.isPaymentDue()) {
            payCredit();
        }
    }

    private static Binary tagOf(IncomingDelivery delivery) {
        return Binary.copyOf(delivery.tag());
    }

    /** The producer takes a delivery up again that came before: it hears what became of it, once more. */
    @Override
    public void onResumed(IncomingDelivery delivery) {
        window.onArrived(0);
        var tag = tagOf(delivery);
        var outcome = terminus == null ? null : terminus.outcomeOf(tag);
        if (delivery.isRemotelySettled() || delivery.remoteState() instanceof Outcome) {
            if (terminus != null) {
                terminus.forget(tag);
            }
            // What became of it is what became of it at its source (AMQP 1.0 §3.4.6).
            delivery.settle(delivery.remoteState() instanceof Outcome theirs ? theirs : Released.INSTANCE);
            onOneSettled();
        } else {
            // Of what we have no record the producer may do as if we had never seen it.
            conclude(delivery, outcome == null ? Released.INSTANCE : outcome);
        }
    }

    private void conclude(IncomingDelivery delivery, DeliveryState state) {
        if (delivery.receiverSettleMode() == ReceiverSettleMode.SECOND && !delivery.isRemotelySettled()) {
            delivery.update(state);
            answered++;
        } else {
            delivery.settle(state);
            onOneSettled();
        }
    }

    @Override
    public void onStolen() {
        session.remove(this);
        leave();
        link.detach(AmqpError.STOLEN.because("link " + link.name() + " was attached again elsewhere"));
        tie.onStolen();
        if (terminus != null) {
            terminus.onDetached(session);
        }
    }

    @Override
    public void onDrained(ReceivingLink drained) {
        // We never ask for it.
    }

    @Override
    public void onDetached(ReceivingLink detached, boolean closed, @Nullable ErrorCondition error) {
        session.remove(this);
        leave();
        if (terminus != null) {
            if (closed) {
                terminus.end();
            } else {
                terminus.onDetached(session);
            }
        }
        tie.onDetached(closed);
    }

    @Override
    public void onSessionGone() {
        leave();
        if (terminus != null) {
            terminus.onSessionGone(session);
        }
        tie.onGone();
    }

    private void leave() {
        gone = true;
        pace.leave();
        route.leave();
        gate.forget(this);
    }

    /** Nothing of this link is left, also not for one that comes under its name. */
    private void closeFor(ErrorCondition error) {
        session.remove(this);
        leave();
        if (terminus != null) {
            terminus.end();
        }
        link.close(error);
        tie.onBroken();
    }

    /** A message on its way through the broker, and how the peer hears of its end. */
    private final class Inbound implements Route.RouteReply {
        private final IncomingDelivery delivery;
        /** Null when nobody remembers the outcome. */
        private final @Nullable Binary tag;

        private @Nullable Transaction transaction;

        Inbound(IncomingDelivery delivery) {
            this.delivery = delivery;
            if (terminus != null && !delivery.isRemotelySettled()) {
                tag = tagOf(delivery);
                terminus.onArrived(tag);
            } else {
                tag = null;
            }
        }

        /** Takes part in the transaction that the state names; false when it cannot, and the peer has been told. */
        boolean join(DeliveryState state, long bytes) {
            if (!(state instanceof TransactionalState transactional)) {
                onUnroutable(AmqpError.INVALID_FIELD.because(
                        "the only state that a new delivery may have is a transactional one"));
                return false;
            }
            var named = session.connection().transactions().find(transactional.transactionId());
            if (named == null) {
                onUnroutable(unknownTransaction());
                return false;
            }
            var objection = named.onPost(bytes);
            if (objection != null) {
                onUnroutable(objection);
                return false;
            }
            transaction = named;
            return true;
        }

        @Override
        public @Nullable QueueTransaction transaction() {
            return transaction;
        }

        @Override
        public void onSafe() {
            settle(Accepted.INSTANCE);
        }

        @Override
        public Runnable onSafeAndHeld() {
            if (gone || transaction != null || delivery.receiverSettleMode() == ReceiverSettleMode.SECOND) {
                onSafe();
                return () -> {};
            }
            if (terminus != null && tag != null) {
                terminus.onOutcome(tag, Accepted.INSTANCE);
            }
            delivery.settle(Accepted.INSTANCE);
            return ProducerLink.this::onOneSettled;
        }

        @Override
        public void onRefused() {
            if (transaction != null) {
                transaction.fail(AmqpError.TRANSACTION_ROLLBACK.because("a message that was posted was not taken"));
            }
            settle(Released.INSTANCE);
        }

        /** Of a message that was sent settled nobody hears: such a sender takes that on itself. */
        @Override
        public void onRejected(ErrorCondition why) {
            settle(knowsRejected ? new Rejected(why) : Released.INSTANCE);
        }

        @Override
        public void onDeleted() {
            if (transaction != null) {
                transaction.fail(AmqpError.RESOURCE_DELETED.because(
                        "the queue or topic that a message was posted to was deleted"));
            }
            settle(Released.INSTANCE);
            if (!gone && route instanceof FixedRoute) {
                closeFor(AmqpError.RESOURCE_DELETED.because("the queue or topic was deleted"));
            }
        }

        @Override
        public void onUnroutable(ErrorCondition error) {
            log.debug("link {}: message rejected: {}", link.name(), error.description());
            if (transaction != null) {
                transaction.fail(error);
            }
            boolean isHeard = delivery.isRemotelySettled() ? !AmqpError.UNKNOWN_TRANSACTION.is(error) : knowsRejected;
            if (!isHeard && !gone) {
                // The peer will not hear of it otherwise (AMQP 1.0 §4.4.1).
                closeFor(error);
            }
            settle(new Rejected(error));
        }

        @Override
        public void onBreach(ErrorCondition error) {
            if (transaction != null) {
                transaction.fail(error);
            }
            if (!gone) {
                closeFor(error);
            }
            settle(new Rejected(error));
        }

        @Override
        public void onInDoubt() {
            if (terminus != null && tag != null) {
                terminus.onInDoubt(tag);
            }
            if (!gone) {
                session.remove(ProducerLink.this);
                leave();
                if (terminus != null) {
                    terminus.onDetached(session);
                }
                link.detach(AmqpError.INTERNAL_ERROR.because(
                        "the journal was lost on the way: whether the unsettled messages were kept is not known"));
                tie.onDetached(false);
            }
        }

        private void settle(Outcome outcome) {
            if (terminus != null && tag != null) {
                if (transaction == null) {
                    terminus.onOutcome(tag, outcome);
                } else {
                    // It hangs on the transaction, which does not outlive its link.
                    terminus.onInDoubt(tag);
                }
            }
            if (!gone) {
                conclude(delivery, transaction == null ? outcome : new TransactionalState(transaction.id(), outcome));
            }
            if (transaction != null) {
                if (delivery.receiverSettleMode() == ReceiverSettleMode.SECOND && !delivery.isRemotelySettled()) {
                    transaction.whenEnded(new PostEnding(ProducerLink.this, delivery, outcome));
                }
                transaction.onAnswered();
            }
        }
    }
}
