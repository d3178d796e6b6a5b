package dev.godwit.storage.replica;

import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.DeliveryLease;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import dev.godwit.storage.segment.MemoryFileLayer;
import dev.godwit.storage.segment.RecordedReplay;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A node of a {@link HandHeldCluster}. */
final class HandHeldNode {
    /** What one shard's copy was told. */
    static final class Seat implements ShardCopyListener, CommitListener {
        final List<Role> roles = new ArrayList<>();
        final List<Long> commits = new ArrayList<>();
        long leaseUntilMillis = DeliveryLease.NONE;
        long servedEpoch;
        long committed;
        int lost;

        @Nullable
        ShardCopy copy;

        /** While it serves. */
        @Nullable
        ShardLog log;

        @Override
        public void onRole(Role role, long epoch, @Nullable ReplicaId leader) {
            roles.add(role);
        }

        @Override
        public void onServing(long epoch) {
            servedEpoch = epoch;
            commits.clear();
            log = Objects.requireNonNull(copy).lead(this);
        }

        @Override
        public void onLease(long untilMillis) {
            leaseUntilMillis = untilMillis;
        }

        @Override
        public void onCommitted(long index) {
            commits.add(index);
            committed = index;
        }

        @Override
        public void onJournalLost() {
            log = null;
            lost++;
        }
    }

    private final HandHeldCluster cluster;
    final String name;
    final List<IOException> failures = new CopyOnWriteArrayList<>();
    MemoryFileLayer files = new MemoryFileLayer();
    private final Semaphore disk = new Semaphore(0);
    private final List<Seat> seats = new ArrayList<>();
    private Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    private @Nullable ReplicatedJournal journal;

    private ReplicaId id;

    HandHeldNode(HandHeldCluster cluster, String name) throws Exception {
        this.cluster = cluster;
        this.name = name;
        id = open();
    }

    private ReplicaId open() throws Exception {
        ReplicatedJournal opened = ReplicatedJournal.open(
                cluster.configuration,
                files,
                name,
                cluster.shardCount,
                cluster.settings(),
                3,
                cluster.recentBytesMax,
                failures::add);
        journal = opened;
        seats.clear();
        Queue<Runnable> own = new ConcurrentLinkedQueue<>();
        tasks = own;
        for (int shard = 0; shard < cluster.shardCount; shard++) {
            var seat = new Seat();
            seat.copy = opened.copy(
                    shard,
                    1,
                    own::add,
                    cluster::millis,
                    (number, to, message, urgent) -> cluster.send(name, to, number, message),
                    seat,
                    new SplittableRandom(cluster.random.nextLong()));
            seats.add(seat);
        }
        return opened.self();
    }

    void bootstrap() {
        seats.forEach(seat -> Objects.requireNonNull(seat.copy).bootstrap());
    }

    void start() {
        seats.forEach(seat -> Objects.requireNonNull(seat.copy).start());
    }

    /** As the power was cut, and came back; the copies are not started yet. */
    void reopen() throws Exception {
        crash();
        id = open();
    }

    /** The same, and it goes on. */
    void restart() throws Exception {
        reopen();
        start();
    }

    /** With an empty disk: as somebody else, who knows nothing. */
    void restartEmptied() throws Exception {
        stop();
        files = new MemoryFileLayer();
        id = open();
        start();
    }

    /** As the power was cut. */
    void crash() {
        MemoryFileLayer left = files.copy();
        stop();
        files = left;
    }

    /** Nothing that is written reaches the disk, until {@link #freeDisk}. */
    void holdDisk() {
        disk.drainPermits();
        files.hook((file, position, bytes) -> disk.acquireUninterruptibly());
    }

    void freeDisk() {
        disk.release(1_000_000);
    }

    void stop() {
        freeDisk();
        ReplicatedJournal closing = journal;
        journal = null;
        if (closing != null) {
            closing.close();
        }
    }

    boolean isUp() {
        return journal != null;
    }

    ReplicaId id() {
        return id;
    }

    ReplicatedJournal journal() {
        return Objects.requireNonNull(journal);
    }

    Seat seat(int shard) {
        return seats.get(shard);
    }

    ShardCopy copy(int shard) {
        return Objects.requireNonNull(seats.get(shard).copy);
    }

    ShardLog log(int shard) {
        return Objects.requireNonNull(seats.get(shard).log);
    }

    boolean turn() {
        boolean busy = false;
        while (isUp()) {
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            task.run();
            busy = true;
        }
        return busy;
    }

    void tick() {
        if (isUp()) {
            seats.forEach(seat -> Objects.requireNonNull(seat.copy).onTime());
        }
    }

    /** Appends, and waits until it is confirmed. */
    long store(int shard, JournalRecord record) {
        long index = log(shard).append(record);
        cluster.until(() -> seat(shard).committed >= index);
        return index;
    }

    /** What is alive, by shard, with the bodies of messages, as this node would tell it. */
    Map<Integer, RecordedReplay> replay() {
        Map<Integer, RecordedReplay> told = new TreeMap<>();
        CompletableFuture<?> done = journal().replay(shard -> told.computeIfAbsent(shard, any -> new RecordedReplay()));
        cluster.until(done::isDone);
        done.join();
        return told;
    }

    /** Which records of a shard are alive, in the order in which they are told. */
    List<Long> alive(int shard) {
        return Objects.requireNonNull(replay().get(shard)).order();
    }

    /** Reads messages through the log of a shard that this node serves. */
    Map<Long, JournalRecord> read(int shard, long... indices) {
        Map<Long, JournalRecord> records = new TreeMap<>();
        var ended = new boolean[1];
        log(shard).read(indices, indices.length, new ReadListener() {
            @Override
            public void onMessage(long index, JournalRecord.MessageEnqueued record) {
                records.put(index, record);
            }

            @Override
            public void onPart(long index, JournalRecord.MessagePart record) {
                records.put(index, record);
            }

            @Override
            public void onUnreadable(long index, String problem) {
                throw new AssertionError(index + ": " + problem);
            }

            @Override
            public void onEnd() {
                ended[0] = true;
            }
        });
        cluster.until(() -> ended[0]);
        return records;
    }
}
