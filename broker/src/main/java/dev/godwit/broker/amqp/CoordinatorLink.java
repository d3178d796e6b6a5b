package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.message.TransactionRequests.Declare;
import dev.godwit.amqp.message.TransactionRequests.Discharge;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.transaction.ControlLink;
import dev.godwit.broker.transaction.DischargeReply;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.Transaction;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A control link: on it a client declares and discharges its transactions (AMQP 1.0 §4.1). Those that it declared and that
 * are not discharged end with it. Owned by the connection's loop.
 */
final class CoordinatorLink implements ReceivingLinkListener, BrokerSession.BrokerLink, ControlLink {
    private static final Logger log = LoggerFactory.getLogger(CoordinatorLink.class);
    private static final int CREDIT = 100;

    /** A declare or a discharge is a few bytes; a global id, which is refused, may make it longer. */
    private static final long MESSAGE_BYTES_MAX = 64 << 10;

    private final ReceivingLink link;
    private final BrokerSession session;
    private final OpenTransactions transactions;
    private final boolean knowsRejected;

    /** Declared on this link and not discharged, here or on another one: a transaction leaves it by itself. */
    private final Set<Transaction> undischarged = new LinkedHashSet<>();

    private boolean gone;

    private CoordinatorLink(ReceivingLink link, BrokerSession session, @Nullable Source source) {
        this.link = link;
        this.session = session;
        this.transactions = session.connection().transactions();
        this.knowsRejected = LinkOutcomes.knowsRejected(source);
    }

    static void accept(ReceivingLink link, BrokerSession session, AttachParameters wish) {
        var source = wish.source() == null ? Source.at(null) : wish.source();
        var coordinator = new CoordinatorLink(link, session, wish.source());
        var answer = AttachParameters.of(link.name(), source, new Coordinator(LinkCapabilities.OF_COORDINATOR))
                .withSettleModes(wish.senderSettleMode(), ReceiverSettleMode.FIRST)
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
        link.addCredit(1);
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
        }
    }

    private void declare(IncomingDelivery delivery, Declare declare) {
        if (declare.globalId() != null) {
            refuse(delivery, AmqpError.NOT_IMPLEMENTED.because("transactions of a global id are not supported here"));
            return;
        }
        var transaction = transactions.declare(this);
        if (transaction == null) {
            refuse(
                    delivery,
                    AmqpError.RESOURCE_LIMIT_EXCEEDED.because("this connection has as many transactions as it may have:"
                            + " discharge one first, or raise transactions.max-per-connection"));
            return;
        }
        undischarged.add(transaction);
        delivery.settle(new Declared(transaction.id()));
    }

    private void discharge(IncomingDelivery delivery, Discharge discharge) {
        var transaction = transactions.find(discharge.transactionId());
        if (transaction == null) {
            refuse(delivery, ProducerLink.unknownTransaction());
            return;
        }
        if (session.connection().isPosting(transaction.id())) {
            transactions.rollBack(List.of(transaction));
            closeFor(AmqpError.TRANSACTION_ROLLBACK.because("transaction " + transaction.id()
                    + " was discharged in the middle of a message that is posted in it"));
            return;
        }
        transactions.discharge(transaction, discharge.fail(), new DischargeReply() {
            @Override
            public void onDone() {
                if (!gone) {
                    delivery.settle(Accepted.INSTANCE);
                }
            }

            @Override
            public void onRolledBack(ErrorCondition why) {
                if (!gone) {
                    refuse(delivery, why);
                }
            }
        });
    }

    /** By the outcome if the peer knows it, else by the end of the link (§4.2, §4.3). */
    private void refuse(IncomingDelivery delivery, ErrorCondition error) {
        log.debug("link {}: {} {}", link.name(), error.condition(), error.description());
        if (knowsRejected) {
            delivery.settle(new Rejected(error));
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
        // We settle ourselves; nothing hangs on the peer's word.
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
