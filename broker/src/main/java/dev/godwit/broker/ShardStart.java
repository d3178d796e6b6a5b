package dev.godwit.broker;

import dev.godwit.broker.address.AddressDeadLetters;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.cluster.LocalPlacement;
import dev.godwit.broker.cluster.MetadataShard;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.DecisionRecord;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.Shard;
import dev.godwit.broker.shard.ShardLogs;
import dev.godwit.broker.shard.ShardReplay;
import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.PreparedLog;
import dev.godwit.broker.transaction.PreparedTransactions;
import dev.godwit.broker.transaction.StoredTransactions;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.broker.transaction.TransactionOutcomes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Brings shards up on their loops with what was alive in them. Stateless. */
final class ShardStart {
    private ShardStart() {}

    /** Takes over what stays prepared. Before anybody can ask for it. */
    static PreparedTransactions takePrepared(
            EventLoop control,
            PreparedLog log,
            TransactionLimits limits,
            List<Shard> shards,
            StoredTransactions stored,
            StartSteps steps)
            throws BrokerStartException {
        var branches = new HashMap<UUID, List<ShardBranch>>();
        for (var shard : shards) {
            steps.on(shard.owner(), shard::takePrepared)
                    .forEach((id, branch) -> branches.computeIfAbsent(id, unknown -> new ArrayList<>())
                            .add(branch));
        }
        return steps.on(control, () -> {
            var prepared = new PreparedTransactions(control, Clock.SYSTEM, log, limits);
            prepared.restore(stored, branches);
            return prepared;
        });
    }

    /** Starts every shard on its loop, all loops at once; returns the door of each queue by its address. */
    static Map<String, QueueDoor> start(
            ShardLogs logs,
            List<Shard> shards,
            List<ShardReplay> replays,
            List<QueueDefinition> definitions,
            Addresses addresses,
            @Nullable String deadLetterAddress,
            StartSteps steps)
            throws BrokerStartException {
        var starting = new ArrayList<CompletableFuture<Map<Long, QueueDoor>>>();
        for (var shard : shards) {
            var queues = definitions.stream()
                    .filter(each -> each.shard() == shard.number() && each.holdsMessages())
                    .collect(Collectors.toMap(LocalPlacement::queueName, each -> AddressSettings.of(each.settings())));
            var replay = replays.get(shard.number() - 1);
            var deadLetters = new AddressDeadLetters(addresses, deadLetterAddress, shard.owner(), Clock.SYSTEM);
            starting.add(CompletableFuture.supplyAsync(
                    () -> {
                        shard.start(logs, replay, queues, deadLetters);
                        return shard.doors();
                    },
                    shard.owner()));
        }
        var doors = new HashMap<String, QueueDoor>();
        for (var started : starting) {
            steps.await(started).values().forEach(door -> doors.put(door.name(), door));
        }
        return doors;
    }

    /**
     * Takes over what was decided. It may be forgotten when nobody asks for it any more, and every shard that hung on it has
     * recorded the end: a full disk takes no such record before consumers have made room on it.
     */
    static TransactionOutcomes takeOutcomes(
            EventLoop control,
            UUID journal,
            OutcomeLimits limits,
            MetadataShard metadata,
            List<Shard> shards,
            StartSteps steps)
            throws BrokerStartException {
        var decisions = new HashMap<UUID, DecisionRecord>();
        for (var shard : shards) {
            decisions.putAll(steps.on(shard.owner(), shard::decisions));
        }
        var ended = CompletableFuture.allOf(
                shards.stream().map(Shard::transactionsEnded).toArray(CompletableFuture[]::new));
        return steps.on(control, () -> {
            var outcomes = new TransactionOutcomes(control, journal, limits, metadata::servesAlone);
            metadata.onServingAlone(outcomes::goOn);
            outcomes.restore(decisions, ended);
            return outcomes;
        });
    }
}
