package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.ClientUri;
import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.Membership;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.hazelcast.HazelcastMembership;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.cluster.link.NodeLinks;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.vertx.VertxEventLoop;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import dev.godwit.broker.shard.DeliveryRight;
import dev.godwit.broker.shard.LeaderListener;
import dev.godwit.broker.shard.ShardLogs;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.replica.ReplicatedJournal;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of a cluster while it runs: its copies on their loops, its links to others, who is here, and whether this node serves.
 * Made, started and closed on any thread but a loop.
 */
public final class ClusterNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterNode.class);
    private static final long CLOSE_SECONDS = 10;
    private static final long ASK_MILLIS = 15_000;
    private static final long ASK_AGAIN_MILLIS = 50;
    private static final long HAND_OVER_MILLIS = 1_500;

    private final NodeSettings settings;
    private final VertxLoops loops;
    private final ReplicatedJournal journal;
    private final ClusterMemory memory;
    private final List<KeptShard> copies = new ArrayList<>();
    private final List<CopyTicks> ticks = new ArrayList<>();
    private final Activity activity;
    private final Kinship kinship;
    private final Steering steering;
    private final ReplicationLines lines;
    private final Notices notices;
    private final Operations operations;
    private final MemberAddresses members = new MemberAddresses();
    private @Nullable NodeLinks links;
    private @Nullable LinkReach reach;
    private volatile @Nullable Meeting meeting;

    /**
     * A node that does not take part yet. Blocks.
     *
     * @param loops shard <i>n</i> is on loop <i>n</i> mod loops; the first one is the control loop, and the last one has the links
     * @param shards how many shards there are, that of the metadata included
     * @param service what this node does while it leads all shards
     * @throws IOException when what is remembered of the cluster cannot be read
     */
    public ClusterNode(NodeSettings settings, VertxLoops loops, ReplicatedJournal journal, int shards, Service service)
            throws IOException {
        this.settings = settings;
        this.loops = loops;
        this.journal = journal;
        memory = new ClusterMemory(settings.directory());
        EventLoop control = loops.loop(0);
        lines = new ReplicationLines(linkLoop(), shards);
        kinship = new Kinship(control, memory::clusterId);
        var whoServes = new WhoServes(control, other -> {
            service.onActive(other);
            if (other != null) {
                onServed();
            }
        });
        notices = new Notices(linkLoop(), control, new Notices.Listener() {
            @Override
            public void onNotice(NodeIdentity from, NodeNotice notice) {
                operations.onNotice(from, notice);
                whoServes.onNotice(from, notice);
            }

            @Override
            public void onRestWanted(NodeIdentity from, boolean rest) {
                operations.onRestWanted(from, rest);
            }
        });
        operations = new Operations(
                control,
                settings.discovery().cluster(),
                journal.self(),
                settings.witness(),
                memory,
                copies,
                notices,
                this::firstCopy,
                this::nodes);
        steering = new Steering(
                control, settings, journal.self(), memory, kinship, copies, operations, ClusterNode::nowMillis);
        activity = new Activity(
                control,
                settings.nodeId(),
                shards,
                service,
                this::leadAnew,
                (epoch, doors) -> {
                    notices.say(own -> own.serving(epoch, doors));
                    if (!doors.isEmpty()) {
                        onServed();
                    }
                },
                steering::onCannotServe);
        Consumer<CopyState> onCopy = copy -> {
            activity.onCopy(copy);
            steering.onCopy(copy);
            whoServes.onCopy(copy);
        };
        for (int shard = 0; shard < shards; shard++) {
            EventLoop owner = loops.loop(shard % loops.count());
            int number = shard;
            copies.add(on(
                    owner,
                    () -> new KeptShard(number, owner, ClusterNode::nowMillis, journal, lines, control, onCopy)));
        }
        copies.forEach(lines::add);
    }

    private void onServed() {
        var met = meeting;
        if (met != null) {
            met.onServed();
        }
    }

    private CopyState firstCopy() {
        return activity.copy(0);
    }

    private void leadAnew(int shard, long epoch) {
        KeptShard copy = copies.get(shard);
        copy.owner().execute(() -> copy.leadAnew(epoch));
    }

    /** Of a clock that never jumps. */
    private static long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private VertxEventLoop linkLoop() {
        return loops.loop(loops.count() - 1);
    }

    /**
     * Takes part from now on. Blocks, for some seconds.
     *
     * @throws IOException when what is to be remembered of the cluster cannot be written
     * @throws IllegalStateException when it cannot be found by others, or its journal is that of a broker that stood alone, and it
     *     does not begin the cluster
     * @throws java.util.concurrent.CompletionException when it cannot listen for other nodes
     */
    public void start() throws IOException {
        UUID journalId = journal.self().journalId();
        boolean stoodAlone = copies.stream().anyMatch(copy -> on(copy.owner(), copy::isOfALoneBroker));
        boolean isNew = copies.stream().allMatch(copy -> on(copy.owner(), copy::isNew));
        var identity = new NodeIdentity(settings.discovery().cluster(), settings.nodeId(), journalId, settings.link());
        var listening = NodeLinks.start(
                        loops.vertx(),
                        linkLoop(),
                        identity,
                        settings.links(),
                        kinship,
                        new LinkListeners(List.of(lines, members, notices)))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        links = listening;
        var door = new LinkReach(linkLoop(), listening);
        reach = door;
        steering.connectBy(door);
        if (isNew
                && settings.founds()
                && memory.clusterId() == null
                && !findsOthers(listening.identity().address())) {
            if (settings.witness()) {
                throw new IllegalStateException("a witness cannot begin a cluster: name the others with cluster.join"
                        + " (--join), or another node with cluster.founder");
            }
            memory.found(journalId);
            log.info(
                    "node {} begins the cluster {}",
                    settings.nodeId(),
                    settings.discovery().cluster());
        }
        boolean founder = memory.isFoundedWith(journalId);
        if (stoodAlone && !founder) {
            throw new IllegalStateException(
                    "its journal is that of a broker that stood alone: only the node that begins a"
                            + " cluster brings its messages along. Start it without --join, and then the others with it; or, to have"
                            + " it join a cluster that is there, with an empty data directory");
        }
        if (!isNew && memory.clusterId() == null) {
            log.warn("there is a log of a cluster in the data directory, and no cluster.properties that says of which:"
                    + " whoever leads is to tell it");
        }
        // It knows who keeps what, and where the others were: nobody has to wait until Hazelcast has found them.
        var others = memory.links(settings.nodeId());
        boolean returns = !isNew && memory.clusterId() != null && !others.isEmpty();
        var met = new Meeting(
                loops.loop(0),
                Executors.newSingleThreadExecutor(task -> new Thread(task, "godwit-meeting")),
                () -> meet(listening.identity().address(), isNew));
        meeting = met;
        if (returns) {
            others.forEach(door::connect);
        } else {
            met.now();
        }
        for (KeptShard copy : copies) {
            on(copy.owner(), () -> {
                copy.start(founder);
                return copy;
            });
        }
        on(loops.loop(0), () -> {
            operations.begin();
            return operations;
        });
        for (int loop = 0; loop < loops.count(); loop++) {
            int number = loop;
            var tick = new CopyTicks(
                    loops.loop(loop),
                    copies.stream()
                            .filter(copy -> copy.number() % loops.count() == number)
                            .toList());
            ticks.add(tick);
            tick.start();
        }
        notices.start();
        steering.start(activity, met::nodes);
        if (returns) {
            met.later();
        }
        if (isNew && !founder) {
            log.info(
                    "node {} is new, and waits until a node of the cluster {} takes it in",
                    settings.nodeId(),
                    settings.discovery().cluster());
        }
    }

    /**
     * Whether somebody is here who belongs to a cluster already: a founder whose disk was emptied is not to begin another one. Each says so
     * itself, over a link.
     */
    private boolean findsOthers(NodeAddress link) {
        if (!settings.discovery().looksForOthers()) {
            return false;
        }
        try (Membership looking = meet(link, true)) {
            var found = new CompletableFuture<Boolean>();
            // What Hazelcast has told is on its way to the control loop.
            loops.loop(0).execute(() -> look(looking, found, nowMillis() + ASK_MILLIS));
            return found.join();
        }
    }

    private void look(Membership looking, CompletableFuture<Boolean> found, long endMillis) {
        var kinOfOthers = looking.nodes().stream()
                .filter(node -> !node.nodeId().equals(settings.nodeId()))
                .collect(Collectors.toMap(NodeProfile::nodeId, kinship::of));
        if (kinOfOthers.containsValue(Kinship.Kin.OURS)) {
            found.complete(true);
        } else if (!kinOfOthers.containsValue(Kinship.Kin.UNKNOWN)) {
            found.complete(false);
        } else if (nowMillis() >= endMillis) {
            found.completeExceptionally(
                    new IllegalStateException("these nodes are here, and cannot be asked whether they"
                            + " belong to a cluster already, so this one does not begin it: "
                            + kinOfOthers.keySet()));
        } else {
            loops.loop(0).schedule(ASK_AGAIN_MILLIS, () -> look(looking, found, endMillis));
        }
    }

    private Membership meet(NodeAddress link, boolean isNew) {
        var discovery = memory.amend(settings.discovery(), settings.nodeId());
        var profile = new NodeProfile(
                settings.nodeId(),
                journal.self().journalId(),
                memory.clusterId(),
                link,
                new NodeAddress(discovery.host(), discovery.port()),
                settings.clientUris(),
                settings.zone(),
                isNew ? Set.of(Steering.NEW_LOG) : Set.of());
        return HazelcastMembership.start(discovery, profile, loops.loop(0), steering);
    }

    private static <T> T on(EventLoop loop, Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, loop).join();
    }

    /** The logs of all shards, as this node may write them in a term. */
    public ShardLogs logs(Term term) {
        return new ShardLogs() {
            @Override
            public ShardLog open(int shard, EventLoop owner, LeaderListener listener) {
                return copies.get(shard).lead(term.epochOf(shard), listener);
            }

            @Override
            public DeliveryRight deliveryRight(int shard) {
                return copies.get(shard);
            }
        };
    }

    /** Which cluster it belongs to; null while that is none. Any thread. */
    public @Nullable UUID clusterId() {
        return memory.clusterId();
    }

    /** Who is here, this node included; empty while nobody can tell. Any thread. */
    private List<NodeProfile> nodes() {
        var met = meeting;
        return met == null ? List.of() : met.nodes();
    }

    /** Where clients find the nodes of the cluster, those that are not here included. Any thread. */
    public List<ClientUri> clientPlaces() {
        return memory.clientPlaces();
    }

    /** Whether another node is there, which this one has reached. Any thread. */
    public boolean isMember(InetAddress address) {
        return members.test(address);
    }

    /** What an operator can learn of the cluster, and have it do, while this node serves. Any thread. */
    public ClusterControl control() {
        return operations.control();
    }

    /** Whoever is to lead next need not wait until it is noticed that this node is gone. */
    private void handOverBeforeTheEnd() {
        try {
            operations.handOverAll().get(HAND_OVER_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException failed) {
            log.info("not all shards were handed over; the other nodes notice by themselves: {}", failed.toString());
        }
    }

    /** Sends clients away, and takes part no more; the journal stays open. Others find out by themselves. */
    @Override
    public void close() {
        activity.close();
        steering.stop();
        var door = reach;
        if (door != null) {
            door.stop();
        }
        handOverBeforeTheEnd();
        notices.stop();
        ticks.forEach(CopyTicks::stop);
        var met = meeting;
        if (met != null) {
            met.close();
        }
        var listening = links;
        if (listening != null) {
            try {
                listening.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException failed) {
                log.warn("links to other nodes were not closed: {}", failed.toString());
            }
        }
        memory.close();
    }
}
