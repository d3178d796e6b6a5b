package dev.godwit.broker;

import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.address.AddressDeadLetters;
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
import dev.godwit.broker.catalog.MetadataLog;
import dev.godwit.broker.catalog.QueueDefinition;
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
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.HoldingLimits;
import dev.godwit.broker.queue.MessageMemory;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueLimits;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.queue.SharedRoom;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import dev.godwit.broker.security.AccessControl;
import dev.godwit.broker.security.Action;
import dev.godwit.broker.shard.Shard;
import dev.godwit.broker.shard.ShardReplay;
import dev.godwit.broker.transaction.PreparedDefinition;
import dev.godwit.broker.transaction.PreparedTransactions;
import dev.godwit.broker.transaction.StoredTransactions;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalStatistics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that a broker keeps: the journal, the loops with the shards on them, the catalog and the addresses. */
final class StoredState implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoredState.class);

    private static final long STEP_TIMEOUT_SECONDS = 600;
    private static final int LAST_ROUNDS = 6;

    private static final long PENDING_BYTES_SOFT_MAX = 32L << 20;
    private static final long PENDING_BYTES_MAX = 64L << 20;

    private final Journal journal;
    private final VertxLoops loops;
    private final H2Catalog projection;
    private final Catalog catalog;
    private final MessageMemory memory;
    private final LocalPlacement placement;
    private final RequestNode management;
    private final ProducerLinks producers;
    private final AddressPolicies policies;
    private final DiskLimit diskLimit;
    private final PreparedTransactions prepared;

    private StoredState(
            Journal journal,
            VertxLoops loops,
            H2Catalog projection,
            Catalog catalog,
            MessageMemory memory,
            LocalPlacement placement,
            RequestNode management,
            ProducerLinks producers,
            AddressPolicies policies,
            DiskLimit diskLimit,
            PreparedTransactions prepared) {
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

    static StoredState open(BrokerConfiguration configuration, Consumer<String> onJournalFailure)
            throws BrokerStartException {
        // The event loops come up while the journal is read: neither needs the other yet.
        var loops = aside("start-loops", () -> new VertxLoops(configuration.eventLoops()));
        try {
            var journal = openJournal(configuration, onJournalFailure);
            try {
                return recover(configuration, journal, loops);
            } catch (BrokerStartException | RuntimeException | Error failed) {
                journal.close();
                throw failed;
            }
        } catch (BrokerStartException | RuntimeException | Error failed) {
            closeOnceThere(loops);
            throw failed;
        }
    }

    private interface Step<T> {
        T run() throws BrokerStartException;
    }

    /** Does a step of the start on a thread of its own. */
    private static <T> CompletableFuture<T> aside(String name, Step<T> step) {
        var done = new CompletableFuture<T>();
        var thread = new Thread(
                () -> {
                    try {
                        done.complete(step.run());
                    } catch (BrokerStartException | RuntimeException | Error failed) {
                        done.completeExceptionally(failed);
                    }
                },
                name);
        thread.start();
        return done;
    }

    private static void closeOnceThere(CompletableFuture<? extends AutoCloseable> started) {
        try {
            started.join().close();
        } catch (CompletionException neverCame) {
            log.debug("nothing to close", neverCame);
        } catch (Exception failed) {
            log.warn("a part of the broker could not be closed", failed);
        }
    }

    private static Journal openJournal(BrokerConfiguration configuration, Consumer<String> onJournalFailure)
            throws BrokerStartException {
        var journalConfiguration = JournalConfiguration.defaults(
                        configuration.dataDirectory().resolve("journal"))
                .withSegmentBytes(configuration.journal().segmentBytes())
                .withReserveSegments(configuration.journal().reserveSegments())
                .withAcceptLoss(configuration.journal().acceptLoss())
                .withScrub(configuration.journal().scrubBytesPerSecond())
                .withRetention(
                        configuration.journal().keep().millis(),
                        configuration.journal().keep().bytes())
                .withPendingBytes(PENDING_BYTES_SOFT_MAX, PENDING_BYTES_MAX);
        try {
            return Journal.open(journalConfiguration, failure -> onJournalFailure.accept(String.valueOf(failure)));
        } catch (JournalOpenException failed) {
            throw new BrokerStartException(kindOf(failed), failed.getMessage(), failed);
        }
    }

    private static Kind kindOf(JournalOpenException failed) {
        return switch (failed.reason()) {
            case LOCKED -> Kind.DATA_LOCKED;
            case CORRUPT -> Kind.JOURNAL_CORRUPT;
            default -> Kind.DATA_UNUSABLE;
        };
    }

    private static StoredState recover(
            BrokerConfiguration configuration, Journal journal, CompletableFuture<VertxLoops> loops)
            throws BrokerStartException {
        var projection = aside("start-catalog", () -> openProjection(configuration, journal));
        try {
            var transactions = new StoredTransactions();
            var catalogReplay = new CatalogReplay(Map.of(PreparedDefinition.KIND, transactions::onStored));
            var shardReplays = IntStream.rangeClosed(1, QueueShards.COUNT)
                    .mapToObj(number -> new ShardReplay(number, transactions::isPrepared))
                    .toList();
            recover(journal, catalogReplay, shardReplays);
            return bringUp(
                    configuration, journal, await(loops), await(projection), catalogReplay, shardReplays, transactions);
        } catch (BrokerStartException | RuntimeException | Error failed) {
            closeOnceThere(projection);
            throw failed;
        }
    }

    private static void recover(Journal journal, CatalogReplay catalogReplay, List<ShardReplay> shardReplays)
            throws BrokerStartException {
        var metadataReplay = new MetadataShard.Replay(catalogReplay);
        try {
            journal.recover(shard -> shard == MetadataShard.NUMBER ? metadataReplay : shardReplays.get(shard - 1));
        } catch (UncheckedIOException damaged) {
            throw new BrokerStartException(
                    Kind.JOURNAL_CORRUPT,
                    "a definition cannot be read: " + damaged.getMessage()
                            + ". `godwit journal verify` says what is damaged, `godwit journal repair` mends it",
                    damaged);
        }
    }

    private static H2Catalog openProjection(BrokerConfiguration configuration, Journal journal)
            throws BrokerStartException {
        try {
            return H2Catalog.open(configuration.dataDirectory(), journal.id().toString());
        } catch (IOException failed) {
            throw new BrokerStartException(Kind.DATA_UNUSABLE, failed.getMessage(), failed);
        }
    }

    private static StoredState bringUp(
            BrokerConfiguration configuration,
            Journal journal,
            VertxLoops loops,
            H2Catalog projection,
            CatalogReplay catalogReplay,
            List<ShardReplay> shardReplays,
            StoredTransactions storedTransactions)
            throws BrokerStartException {
        var queues = configuration.queues();
        var memory = new MessageMemory(queues.messageMemoryBytesMax());
        var limits = new QueueLimits(
                queues.deliveryAttemptsMax(), memory, configuration.limits().tenantRooms());
        var policies = new AddressPolicies(queues.settings(), queues.policies());
        var shards = IntStream.rangeClosed(1, QueueShards.COUNT)
                .mapToObj(
                        number -> new Shard(number, loops.loop(number % loops.count()), Clock.SYSTEM, limits, policies))
                .toList();
        var control = loops.loop(0);
        var metadata = on(control, () -> new MetadataShard(journal, control));
        var catalog = on(
                control,
                () -> new Catalog(
                        control,
                        Clock.SYSTEM,
                        metadata,
                        metadata.epoch(),
                        metadata::release,
                        projection,
                        catalogReplay));
        on(control, () -> {
            PolicyAdministration.restore(catalog, policies);
            return policies;
        });
        var definitions = List.copyOf(catalog.definitions());
        var placement = new LocalPlacement(
                control,
                catalog,
                shards,
                configuration.routing().autoCreation(queues.autoCreation()),
                configuration.nodeName(),
                subscriptionLimits(configuration.topics(), memory),
                configuration.routing().virtualTopics(),
                mayReceiveOf(configuration.security()),
                Clock.SYSTEM,
                policies);
        var doors = startShards(journal, shards, shardReplays, definitions, placement, queues.deadLetterAddress());
        on(control, () -> {
            placement.addAll(doors);
            return doors.size();
        });
        var prepared = openPrepared(configuration, control, metadata, shards, storedTransactions);
        var routing = new RoutingAdministration(control, catalog, placement);
        var producers = new ProducerLinks();
        var management = new ManagementNode(
                new QueueAdministration(control, catalog, placement, policies, shards),
                new PolicyAdministration(control, catalog, policies, shards, placement::onSettingsChanged),
                routing,
                new QueueSweeps(control, Clock.SYSTEM, placement),
                new QueueExplanations(control, placement),
                producers,
                prepared);
        var limit = configuration.limits();
        var diskLimit =
                new DiskLimit(() -> journal.statistics().liveBytes(), limit.diskBytesMax(), limit.diskFreeBytesMin());
        diskLimit.watch(configuration.dataDirectory().toFile()::getUsableSpace);
        var state = new StoredState(
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
                prepared);
        state.declare(queues.predeclared(), NodeKind.QUEUE);
        state.declare(queues.predeclaredTopics(), NodeKind.TOPIC);
        state.restoreRouting(routing, configuration.routing().rules());
        return state;
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

    /** Takes over what stays prepared. Before anybody can ask for it. */
    private static PreparedTransactions openPrepared(
            BrokerConfiguration configuration,
            EventLoop control,
            MetadataLog metadata,
            List<Shard> shards,
            StoredTransactions stored)
            throws BrokerStartException {
        var branches = new HashMap<UUID, List<ShardBranch>>();
        for (var shard : shards) {
            on(shard.owner(), shard::takePrepared)
                    .forEach((id, branch) -> branches.computeIfAbsent(id, unknown -> new ArrayList<>())
                            .add(branch));
        }
        return on(control, () -> {
            var prepared = new PreparedTransactions(
                    control, Clock.SYSTEM, new PreparedRecords(metadata), configuration.transactions());
            prepared.restore(stored, branches);
            return prepared;
        });
    }

    /** Starts every shard on its loop, all loops at once; returns the door of each queue by its address. */
    private static Map<String, QueueDoor> startShards(
            Journal journal,
            List<Shard> shards,
            List<ShardReplay> replays,
            List<QueueDefinition> definitions,
            Addresses addresses,
            @Nullable String deadLetterAddress)
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
                        shard.start(journal, replay, queues, deadLetters);
                        return shard.doors();
                    },
                    shard.owner()));
        }
        var doors = new HashMap<String, QueueDoor>();
        for (var started : starting) {
            await(started).values().forEach(door -> doors.put(door.name(), door));
        }
        forgetDecisionsWhenEnded(shards);
        return doors;
    }

    /**
     * A decision may be forgotten when every shard that hung on it has recorded the end. Nobody waits for that: a full
     * disk takes no such record before consumers have made room on it.
     */
    private static void forgetDecisionsWhenEnded(List<Shard> shards) {
        var ended = CompletableFuture.allOf(
                shards.stream().map(Shard::transactionsEnded).toArray(CompletableFuture[]::new));
        for (var shard : shards) {
            var unused = ended.thenRunAsync(shard::forgetDecisions, shard.owner());
        }
    }

    private void restoreRouting(RoutingAdministration routing, List<RoutingRule> configured)
            throws BrokerStartException {
        declare(configured.stream().map(RoutingRule::to).toList(), null);
        var objection = on(loops.loop(0), () -> Optional.ofNullable(routing.restore(configured)));
        if (objection.isPresent()) {
            throw new BrokerStartException(Kind.CONFIGURATION, "routing: " + objection.get());
        }
    }

    private void declare(List<String> names, @Nullable NodeKind kind) throws BrokerStartException {
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
            await(declared);
        }
    }

    private static <T> T on(EventLoop loop, Supplier<T> work) throws BrokerStartException {
        return await(CompletableFuture.supplyAsync(work, loop));
    }

    private static <T> T await(CompletableFuture<T> work) throws BrokerStartException {
        try {
            return work.get(STEP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BrokerStartException(Kind.FAILED, "interrupted while starting", interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof BrokerStartException why) {
                throw why;
            }
            throw new BrokerStartException(Kind.FAILED, "start failed: " + failed.getCause(), failed);
        } catch (TimeoutException late) {
            throw new BrokerStartException(
                    Kind.FAILED, "a step of the start took longer than " + STEP_TIMEOUT_SECONDS + " s", late);
        }
    }

    VertxLoops loops() {
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

    JournalStatistics journalStatistics() {
        return journal.statistics();
    }

    CompletableFuture<List<QueueStatistics>> queueStatistics() {
        return CompletableFuture.supplyAsync(placement::allQueues, loops.loop(0))
                .thenCompose(StoredState::statistics);
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

    @Override
    public void close() {
        diskLimit.close();
        // A settlement on its way crosses from a link's loop to its queue's, and is appended at the end of a turn
        // there.
        for (int round = 0; round < LAST_ROUNDS; round++) {
            for (var loop : loops.all()) {
                CompletableFuture.runAsync(() -> {}, loop).join();
            }
        }
        journal.close();
        loops.close();
        projection.close();
    }
}
