package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All prepared transactions of the broker, by who declared them and by their global ids. They end when their user commits
 * them or rolls them back, on whatever connection, or an operator does. Owned by one loop; any thread may ask, and is
 * answered on the loop that it names.
 */
public final class PreparedTransactions {
    private static final Logger log = LoggerFactory.getLogger(PreparedTransactions.class);

    private record Key(String user, GlobalTransactionId globalId) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = user.compareTo(other.user);
            return order != 0 ? order : globalId.compareTo(other.globalId);
        }
    }

    private final EventLoop owner;
    private final Clock clock;
    private final PreparedLog records;
    private final TransactionLimits limits;
    private final TreeMap<Key, PreparedTransaction> transactions = new TreeMap<>();

    private final Map<String, Integer> countsByUser = new HashMap<>();

    /** The size of the map, for whoever counts. */
    private final AtomicInteger count = new AtomicInteger();

    /** @param limits of which those count that are about prepared ones */
    public PreparedTransactions(EventLoop owner, Clock clock, PreparedLog records, TransactionLimits limits) {
        this.owner = owner;
        this.clock = clock;
        this.records = records;
        this.limits = limits;
    }

    /**
     * Takes over those of an earlier run.
     *
     * @param branches of each that is not decided, what it does in shards that have it on record
     */
    public void restore(StoredTransactions stored, Map<UUID, List<ShardBranch>> branches) {
        owner.assertCurrent();
        stored.definitions().forEach((uuid, definition) -> {
            var its = branches.getOrDefault(uuid, List.of());
            if (its.isEmpty() && !definition.shards().isEmpty()) {
                // It was committed, and all shards know that.
                removeStale(uuid);
                return;
            }
            add(uuid, definition.user(), definition.globalId(), its).restore(definition.preparedAtMillis());
        });
    }

    private void removeStale(UUID uuid) {
        records.remove(uuid.toString(), new PreparedLog.Reply() {
            @Override
            public void onSafe() {
                log.debug("transaction {} was committed before the start", uuid);
            }

            @Override
            public void onFailed(String reason) {
                owner.schedule(PreparedTransaction.RETRY_MILLIS, () -> removeStale(uuid));
            }
        });
    }

    private PreparedTransaction add(
            UUID uuid, String user, GlobalTransactionId globalId, Collection<ShardBranch> branches) {
        var key = new Key(user, globalId);
        var transaction = new PreparedTransaction(uuid, user, globalId, branches, owner, records, () -> {
            transactions.remove(key);
            countsByUser.computeIfPresent(user, (its, number) -> number == 1 ? null : number - 1);
            count.set(transactions.size());
        });
        transactions.put(key, transaction);
        countsByUser.merge(user, 1, Integer::sum);
        count.set(transactions.size());
        return transaction;
    }

    /** Any thread. The branches are given away. */
    void prepare(
            UUID uuid,
            String user,
            GlobalTransactionId globalId,
            Collection<ShardBranch> branches,
            PreparedParty party) {
        owner.execute(() -> {
            if (transactions.containsKey(new Key(user, globalId))) {
                refuse(branches, party, "a transaction with this global id is prepared already");
            } else if (transactions.size() >= limits.preparedMax()) {
                refuse(
                        branches,
                        party,
                        "as many transactions are prepared as may be: decide about others first, or raise"
                                + " transactions.max-prepared");
            } else if (countsByUser.getOrDefault(user, 0) >= limits.preparedPerUserMax()) {
                refuse(
                        branches,
                        party,
                        "as many transactions of this user are prepared as may be: decide about others first, or raise"
                                + " transactions.max-prepared-per-user");
            } else {
                add(uuid, user, globalId, branches).prepare(party, clock.nowMillis());
            }
        });
    }

    private static void refuse(Collection<ShardBranch> branches, PreparedParty party, String why) {
        for (var branch : branches) {
            branch.owner().execute(branch::rollBack);
        }
        party.onNotPrepared(AmqpError.RESOURCE_LIMIT_EXCEEDED.because(why));
    }

    /** Commits one, or rolls it back. */
    public void decide(String user, GlobalTransactionId globalId, boolean fail, EventLoop caller, DecisionReply reply) {
        var answering = new Answering(caller, reply);
        owner.execute(() -> {
            var transaction = transactions.get(new Key(user, globalId));
            if (transaction == null) {
                answering.onUnknown();
            } else if (fail) {
                transaction.rollBack(answering);
            } else {
                transaction.commit(answering);
            }
        });
    }

    /** Tells the next one of a user that can be decided about; null when there are no more. */
    public void next(
            String user,
            @Nullable GlobalTransactionId after,
            EventLoop caller,
            Consumer<@Nullable GlobalTransactionId> told) {
        owner.execute(() -> {
            var found = after == null
                    ? transactions.ceilingEntry(new Key(user, GlobalTransactionId.LOWEST))
                    : transactions.higherEntry(new Key(user, after));
            while (found != null
                    && found.getKey().user().equals(user)
                    && !found.getValue().isPrepared()) {
                found = transactions.higherEntry(found.getKey());
            }
            var next = found == null || !found.getKey().user().equals(user)
                    ? null
                    : found.getKey().globalId();
            caller.execute(() -> told.accept(next));
        });
    }

    /**
     * Tells of some, in the order of users and global ids.
     *
     * @param user whose; null for all
     */
    public void list(
            @Nullable String user,
            int offset,
            int countMax,
            EventLoop caller,
            Consumer<List<PreparedDescription>> told) {
        owner.execute(() -> {
            var found = transactions.values().stream()
                    .filter(each -> user == null || each.user().equals(user))
                    .skip(offset)
                    .limit(countMax)
                    .map(PreparedTransaction::describe)
                    .toList();
            caller.execute(() -> told.accept(found));
        });
    }

    /** How many there are. Any thread. */
    public int count() {
        return count.get();
    }

    /** Answers on the loop of whoever asked. */
    private record Answering(EventLoop caller, DecisionReply reply) implements DecisionReply {
        @Override
        public void onDecided() {
            caller.execute(reply::onDecided);
        }

        @Override
        public void onUnknown() {
            caller.execute(reply::onUnknown);
        }

        @Override
        public void onDecidedOtherwise() {
            caller.execute(reply::onDecidedOtherwise);
        }
    }
}
