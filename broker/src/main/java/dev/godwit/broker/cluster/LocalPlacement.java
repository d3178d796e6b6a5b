package dev.godwit.broker.cluster;

import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.address.AddressSpelling;
import dev.godwit.broker.address.AddressTable;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.NodeLifetime;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.address.SnapshotMap;
import dev.godwit.broker.address.Subscriptions;
import dev.godwit.broker.address.Topic;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.address.TopicPattern;
import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.catalog.QueueShards;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.queue.NodeUse;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.Shard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Places addresses on the shards of this one node, and publishes the address table. Owned by the control loop, save the
 * table, which any loop reads.
 */
public final class LocalPlacement implements Addresses {
    private static final String TEMPORARY_PREFIX = "temporary.";

    /** Names that begin so are the broker's own. */
    private static final String RESERVED_PREFIX = "$";

    private static final Map<String, String> TOPIC_SETTINGS = Map.of(QueueDefinition.KIND, QueueDefinition.KIND_TOPIC);
    private static final String YES = "true";

    private final EventLoop control;
    private final Catalog catalog;
    private final List<Shard> shards;
    private final AutoCreation autoCreation;
    private final String nodeName;
    private final SnapshotMap<QueueDoor> doors = new SnapshotMap<>();
    private final Map<String, Topic> topics = new HashMap<>();
    private final SnapshotMap<TopicDoor> topicDoors = new SnapshotMap<>();
    private final LocalSubscriptions subscriptions;
    private final LocalRouting routing;
    private final TemporaryNodes temporaryNodes;
    private final UnusedNodes unused;

    /** Who waits for a queue or topic that is being made. */
    private final Map<String, List<Waiting>> beingMade = new HashMap<>();

    private boolean publishPosted;

    /** One of the few volatiles: written by the control loop, read by all. */
    private volatile AddressTable table = AddressTable.EMPTY;

    /**
     * @param shards shard 1 first
     * @param virtualTopics whether queues of certain names are filled by topics
     * @param mayReceiveOf which topics a user may receive from, by name, who has not attached since the start
     * @param policies what holds for addresses
     */
    public LocalPlacement(
            EventLoop control,
            Catalog catalog,
            List<Shard> shards,
            AutoCreation autoCreation,
            String nodeName,
            SubscriptionLimits subscriptionLimits,
            boolean virtualTopics,
            Function<String, Predicate<String>> mayReceiveOf,
            Clock clock,
            AddressPolicies policies) {
        this.control = control;
        this.catalog = catalog;
        this.shards = List.copyOf(shards);
        this.autoCreation = autoCreation;
        this.nodeName = nodeName;
        this.routing = new LocalRouting(control, doors, topics, virtualTopics);
        this.temporaryNodes = new TemporaryNodes(control, this::withdrawTemporary);
        this.subscriptions =
                new LocalSubscriptions(control, catalog, this::shardOf, topics, subscriptionLimits, mayReceiveOf);
        this.unused = new UnusedNodes(control, clock, catalog, policies, new Leaving());
    }

    /** Takes in what was defined before the start, with the queues that came up with their shards. */
    public void addAll(Map<String, QueueDoor> startedQueues) {
        control.assertCurrent();
        var definitions = catalog.definitions();
        for (var definition : definitions) {
            if (definition.definesTopic()) {
                addTopic(new Topic(definition.name(), shardOf(definition.name()).owner(), false));
            }
        }
        for (var definition : definitions) {
            var door = startedQueues.get(definition.name());
            if (door != null && definition.definesSubscription()) {
                var shard = shards.get(definition.shard() - 1);
                subscriptions.restore(StoredSubscription.of(definition), shard, door);
            } else if (door != null) {
                doors.put(definition.name(), door);
            }
        }
        publish();
        onSettingsChanged();
    }

    /** Policies say something else than before. Control loop. */
    public void onSettingsChanged() {
        unused.onSettingsChanged();
    }

    /** A queue or topic has other settings of its own. Control loop. */
    void onSettingsChanged(String name) {
        unused.look(name);
    }

    /** Which queue a definition means, of those that hold messages. */
    public static QueueName queueName(QueueDefinition definition) {
        var policyAddress = definition.definesSubscription()
                ? StoredSubscription.of(definition).terms().topic()
                : definition.name();
        return new QueueName(definition.queueId(), definition.name(), true, policyAddress);
    }

    /** The doors of all queues, those of subscriptions included. */
    public List<QueueDoor> allQueues() {
        control.assertCurrent();
        var all = new ArrayList<>(doors.values());
        all.addAll(subscriptions.queues());
        return all;
    }

    /** The subscriptions that a topic fills now. */
    List<LocalSubscription> subscriptionsTo(String topic) {
        control.assertCurrent();
        return subscriptions.filledBy(topic);
    }

    /** Aliases and routes. */
    LocalRouting routing() {
        return routing;
    }

    /** The queues of those who have subscribed to a topic, or to a pattern, by that name. */
    List<QueueDoor> subscriptionQueues(String topicOrPattern) {
        control.assertCurrent();
        return subscriptions.queues(topicOrPattern);
    }

    @Override
    public Subscriptions subscriptions() {
        return subscriptions;
    }

    @Override
    public AddressTable table() {
        return table;
    }

    @Override
    public void resolve(
            String address, @Nullable NodeKind wish, Requester requester, EventLoop caller, AddressReply reply) {
        var spelling = AddressSpelling.parse(address);
        var known = table;
        var name = known.meaning(spelling.name());
        if (wish != null && spelling.kind() != null && wish != spelling.kind()) {
            reply.onRefused(
                    Refusal.INVALID_NAME,
                    "'" + address + "' says that it is a " + spelling.kind().word() + ", the capabilities say "
                            + wish.word());
            return;
        }
        var waiting = new Waiting(spelling.kind() == null ? wish : spelling.kind(), caller, reply);
        var door = known.queues().get(name);
        var topic = known.topics().get(name);
        if (door != null && waiting.kind() != NodeKind.TOPIC && !door.use().isClosed()) {
            reply.onFound(door);
            return;
        }
        if (topic != null && waiting.kind() != NodeKind.QUEUE && !topic.use().isClosed()) {
            reply.onTopic(topic);
            return;
        }
        var objection = AddressName.objectionToNew("an address", name);
        if (objection != null) {
            reply.onRefused(Refusal.INVALID_NAME, objection);
            return;
        }
        control.execute(() -> resolveHere(name, requester, waiting));
    }

    private void resolveHere(String address, Requester requester, Waiting waiting) {
        if (unused.holdsUp(address, () -> resolveHere(address, requester, waiting))
                || answerIfThere(address, waiting)) {
            return;
        }
        if (address.startsWith(TEMPORARY_PREFIX)
                || address.startsWith(RESERVED_PREFIX)
                || !autoCreation.allows(address)) {
            waiting.onRefused(
                    Refusal.NOT_FOUND,
                    "there is no " + waiting.word() + " '" + address
                            + "', and it may not be created on demand: predeclare it");
        } else if (!requester.mayCreate(address)) {
            waiting.onRefused(Refusal.UNAUTHORIZED, noRight(requester, address, waiting));
        } else {
            make(address, requester.user(), true, waiting);
        }
    }

    private static String noRight(Requester requester, String address, Waiting waiting) {
        return "there is no " + waiting.word() + " '" + address + "', and user '" + requester.user()
                + "' may not create it";
    }

    /** Finds what is at an address, whatever its kind; what is there and was not asked for is refused. */
    private boolean answerIfThere(String address, Waiting waiting) {
        var door = doors.get(address);
        if (door != null) {
            waiting.onFound(door);
            return true;
        }
        var topic = topicDoors.get(address);
        if (topic != null) {
            waiting.onTopic(topic);
            return true;
        }
        return false;
    }

    @Override
    public void declare(String address, String creator, EventLoop caller, AddressReply reply) {
        declare(address, NodeKind.QUEUE, creator, caller, reply);
    }

    /**
     * Finds a queue or topic, or makes it whatever clients are allowed to make.
     *
     * @param kind null for what is there, or else what the configuration says
     */
    public void declare(String address, @Nullable NodeKind kind, String creator, EventLoop caller, AddressReply reply) {
        var objection = AddressName.objectionToNew("an address", address);
        if (objection == null && address.startsWith(RESERVED_PREFIX)) {
            objection = "names that begin with " + RESERVED_PREFIX + " are the broker's own";
        }
        if (objection != null) {
            var problem = objection;
            caller.execute(() -> reply.onRefused(Refusal.INVALID_NAME, problem));
            return;
        }
        var waiting = new Waiting(kind, caller, reply);
        control.execute(() -> declareHere(routing.rules().meaning(address), creator, waiting));
    }

    private void declareHere(String name, String creator, Waiting waiting) {
        if (unused.holdsUp(name, () -> declareHere(name, creator, waiting))) {
            return;
        }
        if (answerIfThere(name, waiting)) {
            unused.keep(name);
        } else {
            make(name, creator, false, waiting);
        }
    }

    private void make(String address, String user, boolean onDemand, Waiting waiting) {
        var others = beingMade.get(address);
        if (others != null) {
            others.add(waiting);
            return;
        }
        boolean topic = (waiting.kind() == null ? autoCreation.kindOf(address) : waiting.kind()) == NodeKind.TOPIC;
        if (topic && TopicPattern.isPattern(address)) {
            waiting.onRefused(
                    Refusal.INVALID_NAME,
                    "'" + address
                            + "' is a pattern to subscribe to, not the name of a topic: * and # may not be words of it");
            return;
        }
        var all = new ArrayList<Waiting>();
        all.add(waiting);
        beingMade.put(address, all);
        var settings = new HashMap<String, String>(topic ? TOPIC_SETTINGS : Map.of());
        if (onDemand) {
            settings.put(QueueDefinition.ON_DEMAND, YES);
        }
        catalog.define(address, shardOf(address).number(), user, settings, new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition definition) {
                if (topic) {
                    startTopic(address);
                    onMade(address);
                } else {
                    start(definition);
                }
            }

            @Override
            public void onFailed(String reason) {
                all.forEach(each -> each.onRefused(Refusal.UNAVAILABLE, reason));
                beingMade.remove(address);
            }
        });
    }

    private void startTopic(String name) {
        addTopic(new Topic(name, shardOf(name).owner(), false));
        publish();
        unused.look(name);
    }

    private void addTopic(Topic topic) {
        topics.put(topic.name(), topic);
        topicDoors.put(topic.name(), new TopicDoor(topic));
        routing.onMade(topic.name());
        subscriptions.onTopicMade(topic);
    }

    private void onMade(String address) {
        var waiting = beingMade.remove(address);
        if (waiting != null) {
            waiting.forEach(each -> answerIfThere(address, each));
        }
    }

    private void start(QueueDefinition definition) {
        var shard = shards.get(definition.shard() - 1);
        var name = queueName(definition);
        shard.owner().execute(() -> {
            var door = new QueueDoor(shard.createQueue(name));
            control.execute(() -> {
                doors.put(definition.name(), door);
                routing.onMade(definition.name());
                publish();
                unused.look(definition.name());
                onMade(definition.name());
            });
        });
    }

    /** How queues and topics go that are not used. */
    private final class Leaving implements UnusedNodes.Nodes {
        @Override
        public @Nullable NodeUse useOf(String name) {
            var door = doors.get(name);
            var topic = topicDoors.get(name);
            if (door != null) {
                return door.use();
            }
            return topic == null ? null : topic.use();
        }

        @Override
        public boolean isNeeded(String name) {
            // A queue that a topic fills by its name stands for a subscription.
            return objectionToRemoving(name) != null
                    || routing.rules().virtualRouteTo(name) != null
                    || (topics.containsKey(name) && subscriptions.isSubscribedTo(name));
        }

        @Override
        public void end(QueueDefinition definition, Consumer<Boolean> told) {
            var name = definition.name();
            if (definition.definesTopic()) {
                withdrawTopic(name);
                routing.onGone(name);
                publish();
                told.accept(true);
                return;
            }
            var shard = shards.get(definition.shard() - 1);
            shard.owner().execute(() -> {
                boolean ended = shard.deleteQueueIfIdle(definition.queueId());
                control.execute(() -> {
                    if (ended) {
                        withdraw(name);
                    }
                    told.accept(ended);
                });
            });
        }

        @Override
        public void bringBack(QueueDefinition definition) {
            if (definition.definesTopic()) {
                startTopic(definition.name());
            } else {
                beingMade.put(definition.name(), new ArrayList<>());
                start(definition);
            }
        }
    }

    @Override
    public void createTemporary(
            NodeKind kind, NodeLifetime lifetime, Requester requester, EventLoop caller, AddressReply reply) {
        control.execute(() -> {
            var address = TEMPORARY_PREFIX + nodeName + "." + UUID.randomUUID();
            var waiting = new Waiting(kind, caller, reply);
            var objection = lifetime.isShared() ? temporaryNodes.objection(requester.user()) : null;
            if (!requester.mayCreate(address)) {
                waiting.onRefused(Refusal.UNAUTHORIZED, noRight(requester, address, waiting));
            } else if (objection != null) {
                waiting.onRefused(Refusal.UNAVAILABLE, objection);
            } else if (kind == NodeKind.TOPIC) {
                temporaryNodes.addTopic(address, lifetime, requester.user());
                addTopic(new Topic(address, shardOf(address).owner(), true));
                publish();
                answerIfThere(address, waiting);
            } else {
                createTemporaryQueue(address, lifetime, requester.user(), waiting);
            }
        });
    }

    private void createTemporaryQueue(String address, NodeLifetime lifetime, String user, Waiting waiting) {
        var name = new QueueName(catalog.nextQueueId(), address, false);
        var shard = shardOf(address);
        temporaryNodes.addQueue(address, lifetime, user, shard, name.queueId());
        shard.owner().execute(() -> {
            var door = new QueueDoor(shard.createQueue(name));
            control.execute(() -> {
                doors.put(address, door);
                publish();
                waiting.onFound(door);
            });
        });
    }

    @Override
    public void deleteTemporary(String address) {
        control.execute(() -> {
            if (temporaryNodes.delete(address)) {
                withdrawTemporary(address);
            }
        });
    }

    @Override
    public void joinTemporary(String address) {
        control.execute(() -> temporaryNodes.join(address));
    }

    @Override
    public void leaveTemporary(String address, boolean maker) {
        control.execute(() -> temporaryNodes.leave(address, maker));
    }

    /** A temporary node is over: nobody finds it from now on. */
    private void withdrawTemporary(String address) {
        doors.remove(address);
        withdrawTopic(address);
        publish();
    }

    private void withdrawTopic(String name) {
        topicDoors.remove(name);
        var topic = topics.remove(name);
        if (topic != null) {
            topic.owner().execute(topic::delete);
            subscriptions.onTopicGone(name);
        }
    }

    /** A queue is no more: nobody finds it from now on. */
    void withdraw(String name) {
        control.assertCurrent();
        doors.remove(name);
        routing.onGone(name);
        publish();
    }

    /** Why an address may not be removed; null when it may. */
    @Nullable
    String objectionToRemoving(String name) {
        control.assertCurrent();
        return routing.rules().objectionToRemoving(name);
    }

    /** True for a queue or topic that is there, or on its way. */
    boolean hasOrMakes(String name) {
        control.assertCurrent();
        return doors.containsKey(name) || topics.containsKey(name) || beingMade.containsKey(name);
    }

    /** True for names that only the broker gives. Any thread. */
    boolean isReserved(String name) {
        return name.startsWith(TEMPORARY_PREFIX) || name.startsWith(RESERVED_PREFIX);
    }

    /** Publishes at the end of the turn: queues made together are one new table. */
    void publish() {
        if (!publishPosted) {
            publishPosted = true;
            control.execute(() -> {
                publishPosted = false;
                table = new AddressTable(
                        doors.snapshot(), topicDoors.snapshot(), temporaryNodes.shared(), routing.rules());
            });
        }
    }

    private Shard shardOf(String address) {
        return shards.get(QueueShards.shardOf(address, shards.size()) - 1);
    }
}
