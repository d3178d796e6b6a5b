package dev.godwit.storage.replica;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalFailureListener;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalStatistics;
import dev.godwit.storage.journal.JournalStore;
import dev.godwit.storage.journal.RecoveryReport;
import dev.godwit.storage.record.ShardRecovery;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.EpochBegun;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.LogOutline;
import dev.godwit.storage.replication.Payload;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicationSettings;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.replication.VotersChanged;
import dev.godwit.storage.segment.FileLayer;
import dev.godwit.storage.segment.FoundEntries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's copies of the logs of all its shards, on one journal. Opened at start, then written by its own threads until it is
 * closed. Owned by the composition root; all but {@link #close} may be called from any thread.
 */
public final class ReplicatedJournal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedJournal.class);

    /** What a shard's copy keeps in memory for followers: as much as may be under way to one. */
    private static final long RECENT_BYTES_MAX = 4 << 20;

    /** So many shards' states are given to others at a time: each takes memory, and keeps segments. */
    private static final int STATES_AT_ONCE = 2;

    private static final long PROMISES_END_SECONDS = 30;

    private final JournalStore store;
    private final ExecutorService promising;
    private final CopyPlace place;
    private final Promises promises;
    private final List<LogOutline> outlines;
    private final JournalFailureListener onFailure;
    private final ConcurrentHashMap<Integer, ShardCopy> copies = new ConcurrentHashMap<>();
    private final Set<Integer> given = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile boolean ended;

    private ReplicatedJournal(
            JournalStore store,
            String nodeId,
            List<LogOutline> outlines,
            ReplicationSettings settings,
            int copiesOfShard,
            long recentBytesMax,
            JournalFailureListener onFailure)
            throws IOException {
        this.store = store;
        this.outlines = outlines;
        this.onFailure = onFailure;
        promising = Executors.newSingleThreadExecutor(task -> new Thread(task, "journal-promises"));
        try {
            promises = Promises.open(
                    store.files(), store.log().journalId(), !store.log().isAnyReplicated(), promising, this::onFailed);
        } catch (IOException | RuntimeException e) {
            promising.shutdownNow();
            throw e;
        }
        place = new CopyPlace(
                new ReplicaId(nodeId, store.log().journalId()),
                store,
                promises,
                new OpenBytes(),
                new Semaphore(STATES_AT_ONCE),
                settings.withCopies(copiesOfShard),
                recentBytesMax,
                this::onFailed,
                () -> ended);
    }

    /**
     * Opens the journal and what was promised with it, and starts to write. Blocks.
     *
     * @param nodeId the name of this node in its cluster, of at most {@link Promises#NODE_ID_BYTES_MAX} bytes
     * @param shardCount there are the shards 0 to below this; at most {@link Promises#SHARDS_MAX}
     * @param copies how many copies each shard is to have. While it has fewer, learners among them, what is new of its log is kept
     *     whole, so that a copy that comes soon can be given that
     * @param onFailure told once, when a disk failed or something was found that cannot be: the node has to end
     * @throws IllegalArgumentException the name is longer, or there are more shards
     * @throws PromisesLostException nothing tells what this journal has promised to others: its directory has to be emptied
     * @throws JournalOpenException when the journal is in use, damaged, foreign or unusable
     */
    public static ReplicatedJournal open(
            JournalConfiguration configuration,
            String nodeId,
            int shardCount,
            ReplicationSettings settings,
            int copies,
            JournalFailureListener onFailure)
            throws JournalOpenException, PromisesLostException {
        if (nodeId.getBytes(UTF_8).length > Promises.NODE_ID_BYTES_MAX || shardCount > Promises.SHARDS_MAX) {
            throw new IllegalArgumentException("no node '" + nodeId + "' has promises for " + shardCount + " shards");
        }
        return open(
                JournalStore.open(configuration), nodeId, shardCount, settings, copies, RECENT_BYTES_MAX, onFailure);
    }

    /** For tests: on files of their own making, without a lock. */
    static ReplicatedJournal open(
            JournalConfiguration configuration,
            FileLayer files,
            String nodeId,
            int shardCount,
            ReplicationSettings settings,
            int copies,
            long recentBytesMax,
            JournalFailureListener onFailure)
            throws JournalOpenException, PromisesLostException {
        return open(
                JournalStore.open(configuration, files),
                nodeId,
                shardCount,
                settings,
                copies,
                recentBytesMax,
                onFailure);
    }

    private static ReplicatedJournal open(
            JournalStore store,
            String nodeId,
            int shardCount,
            ReplicationSettings settings,
            int copies,
            long recentBytesMax,
            JournalFailureListener onFailure)
            throws JournalOpenException, PromisesLostException {
        try {
            List<LogOutline> outlines = new ArrayList<>();
            for (int shard = 0; shard < shardCount; shard++) {
                outlines.add(outline(shard, store.log().entries(shard)));
            }
            var journal = new ReplicatedJournal(store, nodeId, outlines, settings, copies, recentBytesMax, onFailure);
            store.start(journal::onFailed);
            return journal;
        } catch (PromisesLostException e) {
            store.close();
            throw e;
        } catch (IOException e) {
            store.close();
            throw JournalStore.whyNot(store.configuration().directory(), e);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /** @throws IOException when it makes no sense who the replicas are */
    static LogOutline outline(int shard, FoundEntries found) throws IOException {
        try {
            return outline(found);
        } catch (DamagedFormatException e) {
            throw new IOException("who the replicas of shard " + shard + " are makes no sense", e);
        }
    }

    private static LogOutline outline(FoundEntries found) throws DamagedFormatException {
        LogOutline outline = LogOutline.empty();
        if (found.coverIndex() > 0) {
            Voters voters = found.votersAtCover() == null
                    ? Voters.NONE
                    : VotersCodec.decode(found.votersAtCover().voters());
            // Stands for what is alive. Who needs it is given what is alive by then.
            outline.install(new Checkpoint(found.coverIndex(), found.coverEpoch(), voters, new EpochBegun()));
        }
        Payload any = new EpochBegun();
        for (int run = 0; run < found.epochs().size(); run++) {
            boolean isLast = run == found.epochs().size() - 1;
            long end = isLast ? found.lastIndex() : found.epochs().get(run + 1).first() - 1;
            long epoch = found.epochs().get(run).epoch();
            for (long index = outline.lastIndex() + 1; index <= end; index++) {
                var named = found.votersBehind().get(index);
                Payload payload = named == null ? any : new VotersChanged(VotersCodec.decode(named.voters()));
                outline.append(new LogEntry(index, epoch, payload));
            }
        }
        return outline;
    }

    /** This node, with this journal. An emptied directory makes it somebody else. */
    public ReplicaId self() {
        return place.self();
    }

    public int shardCount() {
        return outlines.size();
    }

    /**
     * A shard's copy, owned by {@code owner} from now on. Once for each shard; it does nothing before {@link ShardCopy#start} or
     * {@link ShardCopy#bootstrap}.
     *
     * @param patience see {@link ReplicationSettings#patience}
     * @param owner runs one task at a time, a task that it is given by itself when it is done with what it does
     * @param millis a monotonic clock, of the same kind for all copies of the node
     * @param lines to the other copies
     * @throws IllegalStateException the shard's copy was given out before
     */
    public ShardCopy copy(
            int shard,
            int patience,
            Executor owner,
            LongSupplier millis,
            ReplicaLines lines,
            ShardCopyListener listener) {
        return copy(shard, patience, owner, millis, lines, listener, new SplittableRandom());
    }

    ShardCopy copy(
            int shard,
            int patience,
            Executor owner,
            LongSupplier millis,
            ReplicaLines lines,
            ShardCopyListener listener,
            RandomGenerator random) {
        if (!given.add(shard)) {
            throw new IllegalStateException("the copy of shard " + shard + " was given out already");
        }
        var beginning = new Beginning(self(), outlines.get(shard), promises.of(shard));
        var settings = place.settings().withPatience(patience);
        var copy = new ShardCopy(shard, place, owner, millis, lines, listener, settings, random, beginning);
        copies.put(shard, copy);
        if (failing.get()) {
            copy.onLost();
        }
        return copy;
    }

    /**
     * Tells what is alive in all shards, shard 0 first: to be called when this node leads all of them and serves, for then that
     * is exactly what is committed; whether it still did when the future completes, the caller has to see. All entries that were appended before are written first. It runs on the writer's thread,
     * which writes nothing meanwhile, and the future is completed there; heartbeats go on.
     *
     * @param recoveries one for each shard, used by the writer's thread
     * @return what was told; exceptionally when something cannot be read, or the journal has ended
     */
    public CompletableFuture<RecoveryReport> replay(IntFunction<@Nullable ShardRecovery> recoveries) {
        long begin = System.nanoTime();
        List<Integer> shards = IntStream.range(0, shardCount()).boxed().toList();
        return store.log().replay(shards, recoveries).thenApply(facts -> {
            long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            LOG.info("{} facts in {} shards, told in {} ms", facts, shards.size(), tookMillis);
            return new RecoveryReport(
                    facts,
                    Math.toIntExact(store.log().counters().segments()),
                    store.log().tornBatches(),
                    tookMillis);
        });
    }

    /** Cheap enough for any thread at any time. */
    public JournalStatistics statistics() {
        return store.statistics();
    }

    /** How many bytes of the shards that this node leads wait for majorities. */
    public long openBytes() {
        return place.openBytes().bytes();
    }

    /** For tests: how many shards' states are being given to other nodes. */
    int statesUnderWay() {
        return STATES_AT_ONCE - place.states().availablePermits();
    }

    /** True while more bytes wait for the disk, or for majorities, than the soft limit, or the disk is full. */
    public boolean isCongested() {
        return store.isCongested()
                || place.openBytes().bytes() > store.configuration().pendingBytesSoftMax();
    }

    private void onFailed(IOException failure) {
        LOG.error(
                "Journal {} has failed; nothing is written any more",
                store.configuration().directory(),
                failure);
        if (closing.get() || failing.getAndSet(true)) {
            return;
        }
        ended = true;
        copies.values().forEach(ShardCopy::onLost);
        onFailure.onJournalFailed(failure);
    }

    /**
     * Makes durable what was written, then ends. What was appended and not proposed yet is gone: nobody was told of it. Called once,
     * from outside the shards. Blocks.
     */
    @Override
    public void close() {
        if (closing.getAndSet(true)) {
            return;
        }
        ended = true;
        if (endPromises()) {
            store.close();
        } else {
            // Else another process might find an older promise than the one that is being written.
            store.closeLocked();
        }
    }

    private boolean endPromises() {
        promising.shutdown();
        try {
            return promising.awaitTermination(PROMISES_END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
