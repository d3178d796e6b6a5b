package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transaction that is prepared, or about to be: it outlives its connection, and the broker. Each shard that it touches
 * puts on record what it would do; then a definition in the metadata log makes it prepared. The commit is the decision of
 * the lowest of these shards, as of every transaction; the rollback is the removal of the definition. So a start that finds
 * the definition and no decision keeps it as it was. Owned by the loop of {@link PreparedTransactions}.
 */
final class PreparedTransaction {
    private static final Logger log = LoggerFactory.getLogger(PreparedTransaction.class);

    /** A full disk takes what ends a transaction a little later. */
    static final long RETRY_MILLIS = 100;

    private final UUID uuid;
    private final String user;
    private final GlobalTransactionId globalId;
    private final EventLoop owner;
    private final PreparedLog records;
    private final Runnable onGone;

    /** In ascending order of shards. */
    private final List<ShardBranch> branches;

    /** Those of them that have anything on record. */
    private final List<ShardBranch> recorded = new ArrayList<>();

    private final List<DecisionReply> waiting = new ArrayList<>();
    private @Nullable PreparedParty party;
    private PreparedState state = PreparedState.PREPARING;
    private long preparedAtMillis;
    private int awaited;

    /** @param onGone told when nothing is left to decide or to do */
    PreparedTransaction(
            UUID uuid,
            String user,
            GlobalTransactionId globalId,
            Collection<ShardBranch> branches,
            EventLoop owner,
            PreparedLog records,
            Runnable onGone) {
        this.uuid = uuid;
        this.user = user;
        this.globalId = globalId;
        this.owner = owner;
        this.records = records;
        this.onGone = onGone;
        this.branches = branches.stream()
                .sorted(Comparator.comparingInt(ShardBranch::shard))
                .toList();
    }

    /** It was prepared in an earlier run. */
    void restore(long sinceMillis) {
        preparedAtMillis = sinceMillis;
        recorded.addAll(branches);
        state = PreparedState.PREPARED;
        log.info("transaction {} of {} is prepared, and waits for its commit or its rollback", globalId, user);
    }

    boolean isPrepared() {
        return state == PreparedState.PREPARED;
    }

    String user() {
        return user;
    }

    PreparedDescription describe() {
        return new PreparedDescription(globalId, user, preparedAtMillis, state.text());
    }

    void prepare(PreparedParty whoever, long nowMillis) {
        party = whoever;
        preparedAtMillis = nowMillis;
        awaited = branches.size();
        int decidingShard = branches.get(0).shard();
        for (var branch : branches) {
            branch.owner().execute(() -> {
                branch.hold();
                branch.prepare(
                        uuid, decidingShard, isRecorded -> owner.execute(() -> onBranchPrepared(branch, isRecorded)));
            });
        }
    }

    private void onBranchPrepared(ShardBranch branch, boolean isRecorded) {
        if (isRecorded) {
            recorded.add(branch);
        }
        if (--awaited > 0) {
            return;
        }
        if (state == PreparedState.ROLLING_BACK) {
            giveUp("the transaction was rolled back before it was prepared");
            return;
        }
        recorded.sort(Comparator.comparingInt(ShardBranch::shard));
        var definition = new PreparedDefinition(
                user,
                globalId,
                preparedAtMillis,
                recorded.stream().map(ShardBranch::shard).toList());
        records.store(uuid.toString(), definition.encode(), new PreparedLog.Reply() {
            @Override
            public void onSafe() {
                if (state == PreparedState.ROLLING_BACK) {
                    removeAndRollBack();
                    return;
                }
                state = PreparedState.PREPARED;
                log.info("transaction {} of {} is prepared", globalId, user);
                if (party != null) {
                    party.onPrepared();
                }
            }

            @Override
            public void onFailed(String reason) {
                giveUp(reason);
            }
        });
    }

    /** There is no definition of it, so it is nothing that a start would keep. */
    private void giveUp(String reason) {
        rollBackBranches();
        onGone.run();
        if (party != null) {
            party.onNotPrepared(AmqpError.TRANSACTION_ROLLBACK.because(reason));
        }
        answerWaiting();
    }

    private void answerWaiting() {
        waiting.forEach(DecisionReply::onDecided);
        waiting.clear();
    }

    void commit(DecisionReply reply) {
        switch (state) {
            case PREPARING -> reply.onUnknown();
            case ROLLING_BACK -> reply.onDecidedOtherwise();
            case COMMITTING -> waiting.add(reply);
            case PREPARED -> {
                waiting.add(reply);
                state = PreparedState.COMMITTING;
                if (branches.isEmpty()) {
                    // What was only in memory ended with the broker.
                    onApplied();
                } else {
                    decide();
                }
            }
        }
    }

    private void decide() {
        var deciding = recorded.isEmpty() ? branches.get(0) : recorded.get(0);
        var others = branches.stream().filter(branch -> branch != deciding).toList();
        var participants = recorded.stream()
                .filter(branch -> branch != deciding)
                .map(ShardBranch::shard)
                .toList();
        new BranchCommit(uuid, owner, deciding, others, participants, false, unkept -> onApplied()).begin();
    }

    /** Only now: without the definition a start would roll back what is prepared and not decided. */
    private void onApplied() {
        remove(() -> end(true));
    }

    /** One that is about to be prepared is rolled back as soon as its shards have answered. */
    void rollBack(DecisionReply reply) {
        switch (state) {
            case PREPARING -> {
                waiting.add(reply);
                state = PreparedState.ROLLING_BACK;
            }
            case COMMITTING -> reply.onDecidedOtherwise();
            case ROLLING_BACK -> waiting.add(reply);
            case PREPARED -> {
                waiting.add(reply);
                state = PreparedState.ROLLING_BACK;
                removeAndRollBack();
            }
        }
    }

    private void removeAndRollBack() {
        remove(() -> {
            rollBackBranches();
            end(false);
        });
    }

    private void remove(Runnable onRemoved) {
        records.remove(uuid.toString(), new PreparedLog.Reply() {
            @Override
            public void onSafe() {
                onRemoved.run();
            }

            @Override
            public void onFailed(String reason) {
                log.debug("transaction {}: its end waits: {}", globalId, reason);
                owner.schedule(RETRY_MILLIS, () -> remove(onRemoved));
            }
        });
    }

    private void rollBackBranches() {
        for (var branch : branches) {
            branch.owner().execute(() -> branch.rollBackPrepared(uuid));
        }
    }

    private void end(boolean isCommitted) {
        log.info("transaction {} of {} was {}", globalId, user, isCommitted ? "committed" : "rolled back");
        onGone.run();
        if (party != null) {
            party.onEnded(isCommitted);
        }
        answerWaiting();
    }
}
