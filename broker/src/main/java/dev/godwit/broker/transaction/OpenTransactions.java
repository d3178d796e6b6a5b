package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of one connection, from their declaration to their discharge: also one that was rolled back meanwhile
 * is here until its client has heard of it. Another connection's are not found. Owned by the connection's loop.
 */
public final class OpenTransactions {
    private final EventLoop owner;
    private final Supplier<UUID> ids;
    private final TransactionLimits limits;
    private final OperationCount operations;
    private final Map<TransactionId, Transaction> transactions = new HashMap<>();

    /** @param ids gives each transaction of the broker an id of its own */
    public OpenTransactions(EventLoop owner, Supplier<UUID> ids, TransactionLimits limits) {
        this.owner = owner;
        this.ids = ids;
        this.limits = limits;
        this.operations = new OperationCount(limits.operationsMax());
    }

    /**
     * Begins a transaction.
     *
     * @param link on which it is declared, and with which it ends unless it is discharged, or prepared, before
     * @param globalId by which it is known when it is prepared; null for one that is never prepared
     * @return null when there are as many as may be
     */
    public @Nullable Transaction declare(ControlLink link, @Nullable GlobalTransactionId globalId) {
        owner.assertCurrent();
        if (transactions.size() >= limits.perConnectionMax()) {
            return null;
        }
        return add(new Transaction(ids.get(), owner, limits, operations, link, globalId, null));
    }

    /**
     * The same for a client that may ask later, also on another connection, what became of it. When that user has as many as may
     * be whose outcomes are kept, it is one like any other: nobody knows later.
     */
    public @Nullable Transaction declare(
            ControlLink link, @Nullable GlobalTransactionId globalId, UserOutcomes outcomes) {
        owner.assertCurrent();
        if (transactions.size() >= limits.perConnectionMax() || !outcomes.take()) {
            return declare(link, globalId);
        }
        return add(new Transaction(outcomes.mark(ids.get()), owner, limits, operations, link, globalId, outcomes));
    }

    private Transaction add(Transaction transaction) {
        transactions.put(transaction.id(), transaction);
        return transaction;
    }

    /** Null when this connection has none of that id. */
    public @Nullable Transaction find(TransactionId id) {
        return transactions.get(id);
    }

    /** None of them can be committed any more. */
    public void failAll(ErrorCondition why) {
        transactions.values().forEach(transaction -> transaction.fail(why));
    }

    /** Commits the transaction, or rolls it back; its id is unknown from now on. */
    public void discharge(Transaction transaction, boolean fail, DischargeReply reply) {
        transactions.remove(transaction.id());
        transaction.discharge(fail, reply);
    }

    /**
     * Prepares a transaction that has a global id; its own id is unknown from now on.
     *
     * @param prepared where it is found until it is decided
     * @param user who may decide
     */
    public void prepare(Transaction transaction, PreparedTransactions prepared, String user, PrepareReply reply) {
        transactions.remove(transaction.id());
        transaction.prepare(new Preparation(prepared, user, reply));
    }

    /** Whoever could discharge them is gone. */
    public void rollBack(Collection<Transaction> undischarged) {
        for (var transaction : List.copyOf(undischarged)) {
            transactions.remove(transaction.id());
            transaction.rollBack();
        }
    }
}
