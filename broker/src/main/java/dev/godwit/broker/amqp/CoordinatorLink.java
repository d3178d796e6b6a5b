package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.message.TransactionRequests.Decide;
import dev.godwit.amqp.message.TransactionRequests.Declare;
import dev.godwit.amqp.message.TransactionRequests.Discharge;
import dev.godwit.amqp.message.TransactionRequests.Inquire;
import dev.godwit.amqp.message.TransactionRequests.Prepare;
import dev.godwit.amqp.message.TransactionRequests.Recover;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Modified;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.amqp.type.Outcome.Released;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.transaction.ControlLink;
import dev.godwit.broker.transaction.DecisionReply;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.OutcomeReply;
import dev.godwit.broker.transaction.PrepareReply;
import dev.godwit.broker.transaction.Transaction;
import dev.godwit.broker.transaction.UserOutcomes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A control link: on it a client declares and discharges its transactions (AMQP 1.0 §4.1), prepares those that have global
 * ids, decides about what is prepared, and asks what became of those whose answers it has lost. Those that it declared and that
 * are neither discharged nor prepared end with it.
 * Owned by the connection's loop.
 */
final class CoordinatorLink implements ReceivingLinkListener, BrokerSession.BrokerLink, ControlLink {
    private static final Logger log = LoggerFactory.getLogger(CoordinatorLink.class);
    private static final int CREDIT = 100;

    /** A declare or a discharge is a few bytes; a global id that is refused may make it longer. */
    private static final long MESSAGE_BYTES_MAX = 64 << 10;

    private final ReceivingLink link;
    private final BrokerSession session;
    private final OpenTransactions transactions;
    private final boolean knowsRejected;
    private final UserOutcomes outcomes;

    /**
     * Whether the outcomes of transactions are kept until the peer has settled their discharges: on this link whatever comes is
     * settled by the peer first (§2.6.12).
     */
    private final boolean keepsOutcomes;

    /** Declared on this link and not discharged, here or on another one: a transaction leaves it by itself. */
    private final Set<Transaction> undischarged = new LinkedHashSet<>();

    private boolean gone;

    private CoordinatorLink(ReceivingLink link, BrokerSession session, @Nullable Source source, boolean keepsOutcomes) {
        this.keepsOutcomes = keepsOutcomes;
        this.outcomes = session.connection().outcomes();
        this.link = link;
        this.session = session;
        this.transactions = session.connection().transactions();
        this.knowsRejected = LinkOutcomes.knowsRejected(source);
    }

    static void accept(ReceivingLink link, BrokerSession session, AttachParameters wish) {
        var source = wish.source() == null ? Source.at(null) : wish.source();
        boolean keepsOutcomes = wish.target() instanceof Coordinator wished
                && wished.capabilities().contains(Capability.TRANSACTION_OUTCOMES);
        var coordinator = new CoordinatorLink(link, session, wish.source(), keepsOutcomes);
        var answer = AttachParameters.of(link.name(), source, new Coordinator(LinkCapabilities.OF_COORDINATOR))
                .withSettleModes(
                        wish.senderSettleMode(), keepsOutcomes ? ReceiverSettleMode.SECOND : ReceiverSettleMode.FIRST)
                .withMaxMessageSizeBytes(MESSAGE_BYTES_MAX);
        link.accept(answer, coordinator);
        session.add(coordinator);
        link.addCredit(CREDIT);
    }

    @Override
    public void onAttached(ReceivingLink attached) {
        throw new IllegalStateException("this container attaches no links of its own");
    }

    @Override
    public void onDelivery(IncomingDelivery delivery) {
        if (gone) {
            return;
        }
        if (!keepsOutcomes) {
            link.addCredit(1);
        }
        if (delivery.isRemotelySettled()) {
            closeFor(AmqpError.NOT_ALLOWED.because(
                    "a declare or a discharge may not be sent settled: its sender has to hear the answer"));
            return;
        }
        if (delivery.remoteState() instanceof TransactionalState) {
            refuse(
                    delivery,
                    AmqpError.NOT_ALLOWED.because("what is sent to a coordinator cannot be part of a transaction"));
            return;
        }
        TransactionRequests.TransactionRequest request;
        try {
            request = TransactionRequests.decode(delivery.message());
        } catch (AmqpDecodeException malformed) {
            refuse(delivery, AmqpError.DECODE_ERROR.because(malformed.getMessage()));
            return;
        }
        if (request instanceof Declare declare) {
            declare(delivery, declare);
        } else if (request instanceof Discharge discharge) {
            discharge(delivery, discharge);
        } else if (request instanceof Prepare prepare) {
            prepare(delivery, prepare);
        } else if (request instanceof Decide decide) {
            decide(delivery, decide);
        } else if (request instanceof Recover recover) {
            recover(delivery, recover);
        } else if (request instanceof Inquire inquire) {
            inquire(delivery, inquire);
        }
    }

    private void declare(IncomingDelivery delivery, Declare declare) {
        var globalId = GlobalTransactionId.ofWire(declare.globalId());
        if (globalId == null && declare.globalId() != null) {
            refuse(
                    delivery,
                    AmqpError.NOT_IMPLEMENTED.because(
                            "a global id is to be a binary of 1 to " + GlobalTransactionId.BYTES_MAX + " bytes here"));
            return;
        }
        var transaction =
                keepsOutcomes ? transactions.declare(this, globalId, outcomes) : transactions.declare(this, globalId);
        if (transaction == null) {
            refuse(
                    delivery,
                    AmqpError.RESOURCE_LIMIT_EXCEEDED.because("this connection has as many transactions as it may have:"
                            + " discharge one first, or raise transactions.max-per-connection"));
            return;
        }
        undischarged.add(transaction);
        answer(delivery, new Declared(transaction.id()));
    }

    private void discharge(IncomingDelivery delivery, Discharge discharge) {
        var transaction = endable(delivery, discharge.transactionId());
        if (transaction != null) {
            delivery.attach(transaction);
            transactions.discharge(transaction, discharge.fail(), new Answer(delivery));
        }
    }

    /** The transaction that is to be discharged or prepared; null when that was refused. */
    private @Nullable Transaction endable(IncomingDelivery delivery, TransactionId id) {
        var transaction = transactions.find(id);
        if (transaction == null) {
            refuse(delivery, ProducerLink.unknownTransaction());
            return null;
        }
        if (session.connection().isPosting(id)) {
            transactions.rollBack(List.of(transaction));
            closeFor(AmqpError.TRANSACTION_ROLLBACK.because(
                    "transaction " + id + " was discharged in the middle of a message that is posted in it"));
            return null;
        }
        return transaction;
    }

    private void prepare(IncomingDelivery delivery, Prepare prepare) {
        var transaction = endable(delivery, prepare.transactionId());
        if (transaction == null) {
            return;
        }
        if (transaction.globalId() == null) {
            refuse(
                    delivery,
                    AmqpError.NOT_ALLOWED.because("transaction " + transaction.id()
                            + " was declared without a global id, so nobody could decide about it later"));
            return;
        }
        // One that has done nothing is over with that.
        delivery.attach(transaction);
        var connection = session.connection();
        transactions.prepare(transaction, connection.prepared(), connection.user(), new Answer(delivery));
    }

    private void decide(IncomingDelivery delivery, Decide decide) {
        var connection = session.connection();
        connection
                .prepared()
                .decide(connection.user(), decide.globalId(), decide.fail(), connection.owner(), new DecisionReply() {
                    @Override
                    public void onDecided() {
                        settle(delivery, Accepted.INSTANCE);
                    }

                    @Override
                    public void onUnknown() {
                        refuseUnlessGone(
                                delivery,
                                AmqpError.UNKNOWN_TRANSACTION.because(
                                        "no transaction " + decide.globalId() + " of this user is prepared"));
                    }

                    @Override
                    public void onDecidedOtherwise() {
                        refuseUnlessGone(
                                delivery,
                                AmqpError.ILLEGAL_STATE.because(
                                        "transaction " + decide.globalId() + " has been decided otherwise"));
                    }
                });
    }

    private void recover(IncomingDelivery delivery, Recover recover) {
        var connection = session.connection();
        connection
                .prepared()
                .next(
                        connection.user(),
                        recover.after(),
                        connection.owner(),
                        next -> settle(
                                delivery,
                                next == null
                                        ? Accepted.INSTANCE
                                        : new Modified(
                                                false, false, Map.of(TransactionRequests.RECOVERED, next.bytes()))));
    }

    private void inquire(IncomingDelivery delivery, Inquire inquire) {
        if (!keepsOutcomes) {
            // There, questions that wait for a commit under way would be bounded by nothing.
            refuse(
                    delivery,
                    AmqpError.NOT_ALLOWED.because("only a link that was attached with the capability "
                            + Capability.TRANSACTION_OUTCOMES + " may ask what became of transactions"));
            return;
        }
        outcomes.ask(
                inquire.transactionId(),
                inquire.ageMillis(),
                session.connection().owner(),
                new OutcomeReply() {
                    @Override
                    public void onCommitted() {
                        settle(delivery, Accepted.INSTANCE);
                    }

                    @Override
                    public void onRolledBack() {
                        refuseUnlessGone(
                                delivery,
                                AmqpError.TRANSACTION_ROLLBACK.because(
                                        "transaction " + inquire.transactionId() + " was not committed"));
                    }

                    @Override
                    public void onUnknown() {
                        refuseUnlessGone(
                                delivery,
                                AmqpError.UNKNOWN_TRANSACTION.because("what became of transaction "
                                        + inquire.transactionId() + " is not known, or not any more"));
                    }
                });
    }

    private void settle(IncomingDelivery delivery, Outcome outcome) {
        if (!gone) {
            answer(delivery, outcome);
        }
    }

    private void answer(IncomingDelivery delivery, DeliveryState state) {
        if (keepsOutcomes) {
            delivery.update(state);
        } else {
            delivery.settle(state);
        }
    }

    private void refuseUnlessGone(IncomingDelivery delivery, ErrorCondition why) {
        if (!gone) {
            refuse(delivery, why);
        }
    }

    /** Tells the peer how its transaction ended, or that it is prepared. */
    private final class Answer implements PrepareReply {
        private final IncomingDelivery delivery;

        Answer(IncomingDelivery delivery) {
            this.delivery = delivery;
        }

        @Override
        public void onDone() {
            settle(delivery, Accepted.INSTANCE);
        }

        @Override
        public void onNothingDone() {
            settle(delivery, Released.INSTANCE);
        }

        @Override
        public void onRolledBack(ErrorCondition why) {
            refuseUnlessGone(delivery, why);
        }
    }

    /** By the outcome if the peer knows it, else by the end of the link (§4.2, §4.3). */
    private void refuse(IncomingDelivery delivery, ErrorCondition error) {
        log.debug("link {}: {} {}", link.name(), error.condition(), error.description());
        if (knowsRejected) {
            answer(delivery, new Rejected(error));
        } else {
            closeFor(error);
        }
    }

    @Override
    public void onDischarged(Transaction transaction) {
        undischarged.remove(transaction);
    }

    @Override
    public void terminate(ErrorCondition why) {
        if (!gone) {
            log.debug("link {}: {}", link.name(), why.description());
            closeFor(why);
        }
    }

    private void closeFor(ErrorCondition error) {
        session.remove(this);
        leave();
        link.close(error);
    }

    @Override
    public void onSettled(IncomingDelivery delivery) {
        if (keepsOutcomes && !gone) {
            link.addCredit(1);
            if (delivery.attachment() instanceof Transaction discharged) {
                outcomes.forget(discharged);
            }
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
    }

    @Override
    public void onSessionGone() {
        leave();
    }

    private void leave() {
        gone = true;
        transactions.rollBack(undischarged);
        undischarged.clear();
    }
}
