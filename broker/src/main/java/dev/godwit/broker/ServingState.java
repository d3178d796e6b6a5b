package dev.godwit.broker;

import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.RequestNode;
import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.admin.ManagementNode;
import dev.godwit.broker.amqp.ProducerLinks;
import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.CatalogReplay;
import dev.godwit.broker.catalog.QueueShards;
import dev.godwit.broker.catalog.h2.H2Catalog;
import dev.godwit.broker.cluster.LocalPlacement;
import dev.godwit.broker.cluster.MetadataShard;
import dev.godwit.broker.cluster.PolicyAdministration;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.cluster.QueueExplanations;
import dev.godwit.broker.cluster.QueueSweeps;
import dev.godwit.broker.cluster.RoutingAdministration;
import dev.godwit.broker.cluster.SubscriptionLimits;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.queue.HoldingLimits;
import dev.godwit.broker.queue.MessageMemory;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueLimits;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.queue.SharedRoom;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.security.AccessControl;
import dev.godwit.broker.security.Action;
import dev.godwit.broker.shard.Shard;
import dev.godwit.broker.shard.ShardReplay;
import dev.godwit.broker.transaction.PreparedDefinition;
import dev.godwit.broker.transaction.PreparedTransactions;
import dev.godwit.broker.transaction.StoredTransactions;
import dev.godwit.broker.transaction.TransactionOutcomes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a broker serves clients from, made of what its journal says is alive: the shards with their queues, the catalog and the
 * addresses. Lives as long as this node serves.
 */
final class ServingState implements AutoCloseable {
    private static final int LAST_ROUNDS = 6;

    private final NodeJournal journal;
    private final ServingLoops loops;
    private final H2Catalog projection;
    private final Catalog catalog;
    private final MessageMemory memory;
    private final LocalPlacement placement;
    private final RequestNode management;
    private final ProducerLinks producers;
    private final AddressPolicies policies;
    private final DiskLimit diskLimit;
    private final PreparedTransactions prepared;
    private final TransactionOutcomes outcomes;

    private ServingState(
            NodeJournal journal,
            ServingLoops loops,
            H2Catalog projection,
            Catalog catalog,
            MessageMemory memory,
            LocalPlacement placement,
            RequestNode management,
            ProducerLinks producers,
            AddressPolicies policies,
            DiskLimit diskLimit,
            PreparedTransactions prepared,
            TransactionOutcomes outcomes) {
        this.outcomes = outcomes;
        this.prepared = prepared;
        this.diskLimit = diskLimit;
        this.producers = producers;
        this.policies = policies;
        this.journal = journal;
        this.loops = loops;
        this.projection = projection;
        this.catalog = catalog;
        this.memory = memory;
        this.placement = placement;
        this.management = management;
    }

    /**
     * Reads what is alive, and brings it up on the loops. Blocks.
     *
     * @param loops waited for when they are needed
     * @param steps how it waits, and until when there is a point in it
     * @throws BrokerStartException nothing is left then, save on the loops
     */
    static ServingState open(
            BrokerConfiguration configuration,
            NodeJournal journal,
            StartSteps.Step<ServingLoops> loops,
            StartSteps steps)
            throws BrokerStartException {
        var projection = StartSteps.aside("start-catalog", () -> openProjection(configuration, journal));
        try {
            var transactions = new StoredTransactions();
            var catalogReplay = new CatalogReplay(Map.of(PreparedDefinition.KIND, transactions::onStored));
            var shardReplays = IntStream.rangeClosed(1, QueueShards.COUNT)
                    .mapToObj(number -> new ShardReplay(number, transactions::isPrepared))
                    .toList();
            replay(journal, catalogReplay, shardReplays);
            return bringUp(
                    configuration,
                    journal,
                    loops.run(),
                    steps,
                    steps.await(projection),
                    catalogReplay,
                    shardReplays,
                    transactions);
        } catch (BrokerStartException | RuntimeException | Error failed) {
            StartSteps.closeOnceThere(projection);
            throw failed;
        }
    }

    private static void replay(NodeJournal journal, CatalogReplay catalogReplay, List<ShardReplay> shardReplays)
            throws BrokerStartException {
        var metadataReplay = new MetadataShard.Replay(catalogReplay);
        try {
            journal.replay(shard -> shard == MetadataShard.NUMBER ? metadataReplay : shardReplays.get(shard - 1));
        } catch (UncheckedIOException damaged) {
            throw new BrokerStartException(
                    Kind.JOURNAL_CORRUPT,
                    "a definition cannot be read: " + damaged.getMessage()
                            + ". `godwit journal verify` says what is damaged, `godwit journal repair` mends it",
                    damaged);
        }
    }

    private static H2Catalog openProjection(BrokerConfiguration configuration, NodeJournal journal)
            throws BrokerStartException {
        try {
            return H2Catalog.open(
                    configuration.node().dataDirectory(), journal.id().toString());
        } catch (IOException failed) {
            throw new BrokerStartException(Kind.DATA_UNUSABLE, failed.getMessage(), failed);
        }
    }

    private static ServingState bringUp(
            BrokerConfiguration configuration,
            NodeJournal journal,
            ServingLoops loops,
            StartSteps steps,
            H2Catalog projection,
            CatalogReplay catalogReplay,
            List<ShardReplay> shardReplays,
            StoredTransactions storedTransactions)
            throws BrokerStartException {
        var queues = configuration.queues();
        var memory = new MessageMemory(queues.messageMemoryBytesMax());
        var limits = new QueueLimits(
                queues.deadLetters().attemptsMax(),
                memory,
                configuration.limits().tenantRooms());
        var policies = new AddressPolicies(queues.settings(), queues.policies());
        var shards = IntStream.rangeClosed(1, QueueShards.COUNT)
                .mapToObj(
                        number -> new Shard(number, loops.loop(number % loops.count()), Clock.SYSTEM, limits, policies))
                .toList();
        var control = loops.loop(0);
        var metadata = steps.on(control, () -> new MetadataShard(journal.logs(), control));
        var catalog = steps.on(
                control,
                () -> new Catalog(
                        control,
                        Clock.SYSTEM,
                        metadata,
                        metadata.epoch(),
                        metadata::release,
                        projection,
                        catalogReplay));
        steps.on(control, () -> {
            PolicyAdministration.restore(catalog, policies);
            return policies;
        });
        var definitions = List.copyOf(catalog.definitions());
        var placement = new LocalPlacement(
                control,
                catalog,
                shards,
                configuration.routing().autoCreation(queues.autoCreation()),
                configuration.node().name(),
                subscriptionLimits(configuration.topics(), memory),
                configuration.routing().virtualTopics(),
                mayReceiveOf(configuration.security()),
                Clock.SYSTEM,
                policies);
        var doors = ShardStart.start(
                journal.logs(),
                shards,
                shardReplays,
                definitions,
                placement,
                queues.deadLetters().address(),
                steps);
        steps.on(control, () -> {
            placement.addAll(doors);
            return doors.size();
        });
        var prepared = ShardStart.takePrepared(
                control,
                new PreparedRecords(metadata),
                configuration.transactions(),
                shards,
                storedTransactions,
                steps);
        var outcomes = ShardStart.takeOutcomes(
                control, journal.id(), configuration.transactions().outcomes(), metadata, shards, steps);
        var routing = new RoutingAdministration(control, catalog, placement);
        var producers = new ProducerLinks();
        var management = new ManagementNode(
                new QueueAdministration(control, catalog, placement, policies, shards),
                new PolicyAdministration(control, catalog, policies, shards, placement::onSettingsChanged),
                routing,
                new QueueSweeps(control, Clock.SYSTEM, placement),
                new QueueExplanations(control, placement),
                producers,
                prepared,
                journal::cluster);
        var limit = configuration.limits();
        var diskLimit =
                new DiskLimit(() -> journal.statistics().liveBytes(), limit.diskBytesMax(), limit.diskFreeBytesMin());
        diskLimit.watch(configuration.node().dataDirectory().toFile()::getUsableSpace);
        var state = new ServingState(
                journal,
                loops,
                projection,
                catalog,
                memory,
                placement,
                management,
                producers,
                policies,
                diskLimit,
                prepared,
                outcomes);
        try {
            state.declare(queues.predeclared().queues(), NodeKind.QUEUE, steps);
            state.declare(queues.predeclared().topics(), NodeKind.TOPIC, steps);
            state.restoreRouting(routing, configuration.routing().rules(), steps);
            return state;
        } catch (BrokerStartException | RuntimeException | Error failed) {
            diskLimit.close();
            throw failed;
        }
    }

    private static SubscriptionLimits subscriptionLimits(BrokerConfiguration.Topics topics, MessageMemory memory) {
        return new SubscriptionLimits(
                new HoldingLimits(
                        topics.subscriptionMemoryBytesMax(memory.bytesMax()),
                        topics.subscriptionDiskBytesMax(),
                        new SharedRoom(topics.memoryBytesMax(memory.bytesMax())),
                        new SharedRoom(topics.diskBytesMax()),
                        topics.detachesSlow()),
                topics.durableSubscriptionsPerUserMax());
    }

    /** By the user's name. Groups that only a login tells are not known before that. */
    private static Function<String, Predicate<String>> mayReceiveOf(BrokerConfiguration.Security security) {
        var accessControl = new AccessControl(security.rules());
        return name -> {
            var user = security.users().get(name);
            var permissions = user == null ? accessControl.ofUngrouped(name) : accessControl.of(name, user.groups());
            return topic -> permissions.may(Action.RECEIVE, topic);
        };
    }

    private void restoreRouting(RoutingAdministration routing, List<RoutingRule> configured, StartSteps steps)
            throws BrokerStartException {
        declare(configured.stream().map(RoutingRule::to).toList(), null, steps);
        var objection = steps.on(loops.loop(0), () -> Optional.ofNullable(routing.restore(configured)));
        if (objection.isPresent()) {
            throw new BrokerStartException(Kind.CONFIGURATION, "routing: " + objection.get());
        }
    }

    private void declare(List<String> names, @Nullable NodeKind kind, StartSteps steps) throws BrokerStartException {
        for (var name : names) {
            var declared = new CompletableFuture<String>();
            placement.declare(name, kind, "configuration", loops.loop(0), new AddressReply() {
                @Override
                public void onFound(QueueDoor door) {
                    declared.complete(door.name());
                }

                @Override
                public void onTopic(TopicDoor door) {
                    declared.complete(door.name());
                }

                @Override
                public void onRefused(Refusal refusal, String description) {
                    declared.completeExceptionally(new IllegalStateException(
                            (kind == null ? "address" : kind.word()) + " '" + name + "': " + description));
                }
            });
            steps.await(declared);
        }
    }

    ServingLoops loops() {
        return loops;
    }

    /** Clients may come: what nobody waits for may be done beside them. */
    void onReady() {
        loops.loop(0).execute(catalog::bringProjectionUp);
    }

    RequestNode management() {
        return management;
    }

    /** Transactions that wait for a decision. */
    PreparedTransactions prepared() {
        return prepared;
    }

    /** What became of transactions whose clients may ask. */
    TransactionOutcomes outcomes() {
        return outcomes;
    }

    /** What holds at addresses. */
    AddressPolicies policies() {
        return policies;
    }

    Addresses addresses() {
        return placement;
    }

    /** Why producers should wait: the disk is behind, or memory is short; null when they should not. Any thread. */
    @Nullable
    CreditReason intakeShortage() {
        if (memory.isExhausted()) {
            return CreditReason.MESSAGE_MEMORY_FULL;
        }
        if (diskLimit.isReached()) {
            return CreditReason.DISK_LIMIT_REACHED;
        }
        if (!journal.isCongested()) {
            return null;
        }
        return journal.statistics().diskFull() ? CreditReason.DISK_FULL : CreditReason.DISK_BEHIND;
    }

    /** Those who send messages; filled by whoever lets them in. */
    ProducerLinks producers() {
        return producers;
    }

    /** Made once with the journal. */
    UUID journalId() {
        return journal.id();
    }

    CompletableFuture<List<QueueStatistics>> queueStatistics() {
        return loops.unlessEnded(CompletableFuture.supplyAsync(placement::allQueues, loops.loop(0))
                .thenCompose(ServingState::statistics));
    }

    private static CompletableFuture<List<QueueStatistics>> statistics(List<QueueDoor> queues) {
        var reading = queues.stream()
                .map(door -> {
                    var read = new CompletableFuture<QueueStatistics>();
                    door.readStatistics(read::complete);
                    return read;
                })
                .toList();
        return CompletableFuture.allOf(reading.toArray(CompletableFuture[]::new))
                .thenApply(all -> reading.stream().map(CompletableFuture::join).toList());
    }

    /** Waits until what clients sent is handed to the journal. They have gone before. */
    void finish() {
        diskLimit.close();
        // A settlement on its way crosses from a link's loop to its queue's, and is appended at the end of a turn
        // there.
        for (int round = 0; round < LAST_ROUNDS; round++) {
            for (var loop : loops.all()) {
                CompletableFuture.runAsync(() -> {}, loop).join();
            }
        }
    }

    /** When its loops run nothing of it any more. */
    @Override
    public void close() {
        diskLimit.close();
        projection.close();
    }
}
