package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.queue.QueueTransaction;
import dev.godwit.broker.queue.RetirementReply;
import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transaction of one client: what it has done in which shards, and the way to its end. Owned by the connection's loop.
 *
 * <p>In one shard the commit is one record. Over several, the lowest one decides: the others prepare, and when all of that
 * is on stable storage the lowest records the commit for all of them; then they apply it. Whoever crashes in between finds
 * at the next start either a decision or none. Once a commit has begun it goes on, also when the client is gone. One that is
 * to be prepared is {@link PreparedTransactions}' from then on, and hears of its end there.
 */
public final class Transaction implements QueueTransaction, RetirementReply {
    private static final Logger log = LoggerFactory.getLogger(Transaction.class);

    /** About what the record of a commit takes, and what each message adds to it at most. */
    private static final long RECORD_BYTES = 64;

    private static final long RECORD_BYTES_EACH = 16;

    private final UUID uuid;
    private final TransactionId id;
    private final EventLoop owner;
    private final TransactionLimits limits;
    private final OperationCount allOperations;

    /** By shard. What is published to a topic finds its branches on the topic's loop, hence the map for several threads. */
    private final ConcurrentSkipListMap<Integer, ShardBranch> branches = new ConcurrentSkipListMap<>();

    private final List<Ending> endings = new ArrayList<>();
    private final List<Integer> participants = new ArrayList<>(0);

    private TransactionState state = TransactionState.ACTIVE;
    private @Nullable ErrorCondition failure;
    private EventLoop.@Nullable Timer timer;
    private @Nullable DischargeReply waiting;

    /** Null for one that is not to be prepared. */
    private @Nullable Preparation preparation;

    private final ControlLink controlLink;
    private final @Nullable GlobalTransactionId globalId;

    /** Where its outcome is kept for its client; null when it is not, or not any more. */
    private @Nullable UserOutcomes outcomes;

    private final List<OutcomeReply> askers = new ArrayList<>(0);

    /** Posts and retirements that no shard has answered yet: a discharge waits for them. */
    private int pending;

    private int operations;
    private long postedBytes;
    private int awaited;

    /**
     * @param allOperations of its connection
     * @param globalId null for one that is never prepared
     * @param outcomes where its outcome is kept; null when it is not
     */
    Transaction(
            UUID uuid,
            EventLoop owner,
            TransactionLimits limits,
            OperationCount allOperations,
            ControlLink controlLink,
            @Nullable GlobalTransactionId globalId,
            @Nullable UserOutcomes outcomes) {
        this.outcomes = outcomes;
        this.globalId = globalId;
        this.uuid = uuid;
        this.owner = owner;
        this.limits = limits;
        this.allOperations = allOperations;
        this.controlLink = controlLink;
        this.id = new TransactionId(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array());
        if (outcomes != null) {
            outcomes.onDeclared(uuid, this);
        }
    }

    UUID uuid() {
        return uuid;
    }

    public TransactionId id() {
        return id;
    }

    /** By which it is known when it is prepared; null for one that is never prepared. */
    public @Nullable GlobalTransactionId globalId() {
        return globalId;
    }

    /** Null while it may be committed, else why it will be rolled back, or was. */
    public @Nullable ErrorCondition failure() {
        return failure;
    }

    /** True until it is discharged or rolled back. */
    public boolean isActive() {
        return state == TransactionState.ACTIVE && waiting == null;
    }

    @Override
    public ShardBranch branch(QueueLog shardLog, EventLoop shardOwner) {
        return branches.computeIfAbsent(shardLog.shard(), shard -> new ShardBranch(shardLog, shardOwner));
    }

    /**
     * A message is about to be posted. {@link #onAnswered} ends it.
     *
     * @return null, or why it may not be
     */
    public @Nullable ErrorCondition onPost(long bytes) {
        if (!isActive()) {
            return whyEnded();
        }
        postedBytes += bytes;
        if (postedBytes > limits.bytesMax()) {
            fail(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("a transaction may post " + limits.bytesMax()
                    + " bytes of messages: commit more often, or raise transactions.max-size"));
            return failure;
        }
        return count();
    }

    /**
     * A message is about to be retired. {@link #onAnswered} ends it.
     *
     * @return null, or why it may not be
     */
    public @Nullable ErrorCondition onRetirement() {
        return isActive() ? count() : whyEnded();
    }

    /**
     * A message has been given to the client within it.
     *
     * @return null, or why it may not be
     */
    public @Nullable ErrorCondition onAcquisition() {
        var objection = onRetirement();
        if (objection == null) {
            onAnswered();
        }
        return objection;
    }

    /** What becomes of a message that was retired is about to be said anew. {@link #onAnswered} ends it. */
    public void onRetiredAnew() {
        begin();
    }

    /** Each post and each retirement is held until the end. */
    private @Nullable ErrorCondition count() {
        if (operations == limits.operationsMax()) {
            fail(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("a transaction may post and retire " + limits.operationsMax()
                    + " messages: commit more often, or raise transactions.max-operations"));
            return failure;
        }
        if (!allOperations.add()) {
            fail(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("all open transactions of a connection may post and retire "
                    + limits.operationsMax() + " messages: discharge the others first, or raise"
                    + " transactions.max-operations"));
            return failure;
        }
        operations++;
        begin();
        return null;
    }

    /** Why nothing can be done in it any more. */
    public ErrorCondition whyEnded() {
        return failure != null
                ? failure
                : AmqpError.UNKNOWN_TRANSACTION.because("transaction " + id + " has been discharged");
    }

    private void begin() {
        pending++;
        if (timer == null && limits.timeoutMillis() > 0 && state == TransactionState.ACTIVE) {
            timer = owner.schedule(limits.timeoutMillis(), this::onTimeout);
        }
    }

    /** A post or a retirement has arrived where it belongs, or will not. */
    public void onAnswered() {
        pending--;
        if (pending == 0 && state == TransactionState.ROLLED_BACK) {
            // What was on its way may have begun branches since.
            rollBackBranches();
        }
        dischargeWhenQuiet();
    }

    @Override
    public void onRetired() {
        onAnswered();
    }

    @Override
    public void onNotHeld() {
        fail(AmqpError.TRANSACTION_ROLLBACK.because("a message was retired that its consumer does not have any more"));
        onAnswered();
    }

    /** On this loop at once: what the client says next must find it done. Elsewhere it arrives before that. */
    private void rollBackBranches() {
        for (var branch : branches.values()) {
            if (branch.owner() == owner) {
                branch.rollBack();
            } else {
                branch.owner().execute(branch::rollBack);
            }
        }
    }

    /** It cannot be committed any more; the client hears of it by its discharge. */
    public void fail(ErrorCondition why) {
        if (failure == null) {
            failure = why;
        }
    }

    /** The client broke a rule that ends the link on which it declared this one, and so this one. */
    public void terminateControlLink(ErrorCondition why) {
        controlLink.terminate(why);
    }

    /** Told of the transaction's end: at once if that has been. */
    public void whenEnded(Ending ending) {
        switch (state) {
            case ACTIVE, COMMITTING, PREPARED -> endings.add(ending);
            case COMMITTED -> ending.onCommitted();
            case ROLLED_BACK -> ending.onRolledBack();
        }
    }

    /**
     * Its client asks, probably because it has lost its connection, what became of it: an open one ends by that. One that is
     * prepared waits for others. Any thread; the answer comes on the loop of the client.
     */
    void ask(OutcomeReply reply) {
        owner.execute(() -> {
            if (isActive()) {
                fail(AmqpError.TRANSACTION_ROLLBACK.because("its client has asked, elsewhere, what became of it"));
                rollBack();
            }
            if (state == TransactionState.COMMITTED) {
                reply.onCommitted();
            } else if (state == TransactionState.ROLLED_BACK) {
                reply.onRolledBack();
            } else if (waiting == null) {
                reply.onUnknown();
            } else {
                askers.add(reply);
            }
        });
    }

    private void tellAskers(Consumer<OutcomeReply> what) {
        askers.forEach(what);
        askers.clear();
    }

    private void onTimeout() {
        timer = null;
        if (state == TransactionState.ACTIVE) {
            log.info("transaction {} rolled back: it has lasted {} ms", id, limits.timeoutMillis());
            failure = AmqpError.TRANSACTION_TIMEOUT.because("the transaction was not discharged within "
                    + limits.timeoutMillis() + " ms: see transactions.timeout");
            rollBack();
        }
    }

    void discharge(boolean fail, DischargeReply reply) {
        owner.assertCurrent();
        controlLink.onDischarged(this);
        if (fail) {
            rollBack();
            reply.onDone();
            return;
        }
        endFor(reply);
    }

    private void endFor(DischargeReply reply) {
        waiting = reply;
        if (state == TransactionState.ROLLED_BACK) {
            answerRolledBack();
        } else {
            dischargeWhenQuiet();
        }
    }

    private void dischargeWhenQuiet() {
        if (waiting == null || pending > 0 || state != TransactionState.ACTIVE) {
            return;
        }
        var plan = preparation;
        if (failure != null) {
            rollBack();
        } else if (plan != null) {
            passOn(plan);
        } else {
            commit();
        }
    }

    private void answerRolledBack() {
        var reply = waiting;
        waiting = null;
        if (reply == null) {
            return;
        }
        var why = failure == null ? AmqpError.TRANSACTION_ROLLBACK.because("the transaction was rolled back") : failure;
        reply.onRolledBack(
                AmqpError.TRANSACTION_TIMEOUT.is(why)
                        ? why
                        : AmqpError.TRANSACTION_ROLLBACK.because(why.condition() + ": " + why.description()));
    }

    /** Undoes all of it, unless it is being committed, and answers who waits for its end. */
    void rollBack() {
        if (state != TransactionState.ACTIVE) {
            return;
        }
        end(TransactionState.ROLLED_BACK);
        rollBackBranches();
        onRolledBack();
    }

    private void onRolledBack() {
        state = TransactionState.ROLLED_BACK;
        keepNoOutcome();
        tellAskers(OutcomeReply::onRolledBack);
        allOperations.remove(operations);
        endings.forEach(Ending::onRolledBack);
        endings.clear();
        answerRolledBack();
    }

    private void commit() {
        end(TransactionState.COMMITTING);
        if (branches.isEmpty()) {
            onApplied(null);
            return;
        }
        awaited = branches.size() - 1;
        if (awaited == 0) {
            decide();
            return;
        }
        int decidingShard = branches.firstKey();
        for (var branch : others()) {
            branch.owner()
                    .execute(() -> branch.prepare(
                            uuid,
                            decidingShard,
                            isRecorded -> owner.execute(() -> onBranchPrepared(branch.shard(), isRecorded))));
        }
    }

    private void end(TransactionState next) {
        state = next;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void onBranchPrepared(int shard, boolean isRecorded) {
        if (isRecorded) {
            participants.add(shard);
        }
        if (--awaited == 0) {
            decide();
        }
    }

    private Collection<ShardBranch> others() {
        return branches.tailMap(branches.firstKey(), false).values();
    }

    private void decide() {
        new BranchCommit(
                        uuid,
                        owner,
                        branches.firstEntry().getValue(),
                        others(),
                        participants,
                        outcomes != null,
                        this::onApplied)
                .begin();
    }

    /** @param hold null when nothing of it is on record that is to be forgotten */
    private void onApplied(@Nullable DecisionHold hold) {
        state = TransactionState.COMMITTED;
        if (outcomes != null) {
            outcomes.onCommitted(uuid, RECORD_BYTES + (long) operations * RECORD_BYTES_EACH, hold);
        }
        tellAskers(OutcomeReply::onCommitted);
        allOperations.remove(operations);
        endings.forEach(Ending::onCommitted);
        endings.clear();
        var reply = waiting;
        waiting = null;
        if (reply != null) {
            reply.onDone();
        }
    }

    private void keepNoOutcome() {
        if (outcomes != null) {
            outcomes.onEnded(uuid);
            outcomes = null;
        }
    }

    /** Keeps it as it is until somebody decides about it who knows its global id; the connection may end. */
    void prepare(Preparation plan) {
        owner.assertCurrent();
        controlLink.onDischarged(this);
        preparation = plan;
        endFor(plan.reply());
    }

    private void passOn(Preparation plan) {
        var name = globalId;
        if (name == null) {
            throw new IllegalStateException("transaction " + id + " has no global id to be prepared under");
        }
        if (branches.isEmpty()) {
            end(TransactionState.COMMITTING);
            waiting = null;
            onApplied(null);
            plan.reply().onNothingDone();
            return;
        }
        end(TransactionState.PREPARED);
        plan.transactions().prepare(uuid, plan.user(), name, branches.values(), new PreparedParty() {
            @Override
            public void onPrepared() {
                owner.execute(Transaction.this::onPrepared);
            }

            @Override
            public void onNotPrepared(ErrorCondition why) {
                owner.execute(() -> {
                    fail(why);
                    onRolledBack();
                });
            }

            @Override
            public void onEnded(boolean isCommitted) {
                owner.execute(isCommitted ? () -> onApplied(null) : Transaction.this::onRolledBack);
            }
        });
    }

    private void onPrepared() {
        // From now on it counts among the prepared ones, and whoever knows its global id finds it there.
        allOperations.remove(operations);
        operations = 0;
        keepNoOutcome();
        tellAskers(OutcomeReply::onUnknown);
        var reply = waiting;
        waiting = null;
        if (reply != null) {
            reply.onDone();
        }
    }
}
