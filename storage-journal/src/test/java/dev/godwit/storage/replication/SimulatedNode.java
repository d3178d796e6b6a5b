package dev.godwit.storage.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A node with one replica: it carries out the effects on a disk and a network that are not real. */
final class SimulatedNode {
    private static final long TICK_MICROS = 20_000;

    private final SimulatedCluster cluster;
    private final VirtualTime time;
    private final Random random;
    private final Flaw flaw;
    private final Voters firstVoters;
    private final ReplicationSettings settings;
    final String name;
    final SimulatedClock clock;

    private ReplicaId id;
    private Voters firstTold;
    private SimulatedDisk disk;
    private @Nullable Run process;
    private boolean paused;
    private boolean aside;

    /** When the last process ended; the first one has none before it. */
    private long endedMillis;

    private final Deque<Runnable> backlog = new ArrayDeque<>();

    SimulatedNode(SimulatedCluster cluster, ReplicaId id, Voters firstVoters, ReplicationSettings settings, Flaw flaw) {
        this.cluster = cluster;
        this.name = id.nodeId();
        this.id = id;
        this.firstVoters = firstVoters;
        this.settings = settings;
        this.flaw = flaw;
        time = cluster.time;
        random = cluster.random;
        firstTold = firstVoters;
        disk = new SimulatedDisk(time, random);
        clock = new SimulatedClock(time, random);
    }

    ReplicaId id() {
        return id;
    }

    SimulatedDisk disk() {
        return disk;
    }

    /** Null while the node is down. */
    @Nullable
    Run process() {
        return process;
    }

    boolean isPaused() {
        return paused;
    }

    void start() {
        if (process == null) {
            cluster.guard(name, () -> {
                Run next = new Run();
                process = next;
                next.begin();
            });
        }
    }

    void crash() {
        if (process != null) {
            process = null;
            endedMillis = clock.millis();
            paused = false;
            backlog.clear();
            disk.crash();
        }
    }

    /** Only while it is down. The next start is that of a node that knows nothing. */
    void wipe() {
        disk = new SimulatedDisk(time, random);
        firstTold = Voters.NONE;
        if (flaw != Flaw.WIPED_DISK_KEEPS_ID) {
            id = new ReplicaId(name, new UUID(random.nextLong(), random.nextLong()));
        } else {
            firstTold = firstVoters;
        }
    }

    void pause() {
        paused = process != null;
    }

    /** It runs again, and has seen nothing yet of what came meanwhile. */
    void wake() {
        paused = false;
    }

    void resume() {
        paused = false;
        while (!paused && !backlog.isEmpty()) {
            backlog.removeFirst().run();
        }
    }

    /** Somebody wants it to lead. */
    void contend() {
        Run current = process;
        if (current != null) {
            cluster.counters.contentions++;
            happen(current, () -> current.replica.contend(clock.millis()));
        }
    }

    /** It is not to lead, or may again; nor is it after a restart. */
    void standAside(boolean nowAside) {
        aside = nowAside;
        Run current = process;
        if (current != null) {
            cluster.counters.asides += aside ? 1 : 0;
            happen(current, current::standAside);
        }
    }

    /** What happens to this process, unless it has ended by then; later, if it is paused. */
    private void happen(Run to, Runnable what) {
        if (to != process) {
            return;
        }
        if (paused) {
            backlog.addLast(() -> happen(to, what));
            return;
        }
        cluster.guard(name, () -> {
            to.tellDurable();
            what.run();
        });
    }

    void receive(ReplicaId from, ReplicaId to, ReplicaMessage message) {
        Run current = process;
        boolean mute = flaw == Flaw.ASIDE_VOTES_FOR_NOBODY && aside && message instanceof ReplicaMessage.VoteRequest;
        if (current != null && !mute) {
            happen(current, () -> current.replica.onMessage(clock.millis(), from, to, message));
        }
    }

    /** What a node is between a start and a crash. */
    final class Run implements ReplicaEffects, EntrySource {
        final Replica replica;
        private final List<LogEntry> entries;
        private QueueMachine machine;
        private long appliedIndex;
        private long logBegin;
        private @Nullable Checkpoint checkpoint;
        private boolean knowsAside;

        /** It led, and campaigns to lead on. */
        private boolean anew;

        private long durableSequence;
        private long durableTold;

        private final QueueService service = new QueueService(this);

        private Run() {
            Recovered recovered = Recovered.of(disk, firstTold);
            entries = new ArrayList<>(recovered.entries());
            checkpoint = recovered.checkpoint();
            logBegin = recovered.outline().checkpointIndex();
            appliedIndex = logBegin;
            machine = checkpoint == null
                    ? new QueueMachine()
                    : new QueueMachine((QueueMachine.Snapshot) checkpoint.payload());
            replica = new Replica(
                    id,
                    disk.hardState(),
                    recovered.outline(),
                    disk.isDamaged(),
                    settings,
                    this,
                    this,
                    random,
                    flaw.rules());
        }

        private void begin() {
            replica.start(clock.millis(), endedMillis);
            if (aside) {
                standAside();
            }
            tick();
        }

        private void standAside() {
            knowsAside = aside;
            replica.standAside(clock.millis(), aside);
        }

        void leadAnew() {
            replica.leadAnew(clock.millis());
            anew = replica.role() == Role.CANDIDATE;
        }

        private void tick() {
            time.after(TICK_MICROS + random.nextInt(2_000), () -> {
                if (process == this) {
                    if (!paused) {
                        happen(this, () -> replica.onTime(clock.millis()));
                    }
                    tick();
                }
            });
        }

        QueueService service() {
            return service;
        }

        QueueMachine machine() {
            return machine;
        }

        long millis() {
            return clock.millis();
        }

        /** Whether clients reach a leader here that takes what they send. */
        boolean isOpen() {
            return process == this && !paused && replica.isOpen();
        }

        /** Whether a leader here may deliver, as it knows. */
        boolean mayDeliver() {
            return process == this && !paused && replica.isServing() && clock.millis() < replica.leaseUntilMillis();
        }

        /** A replica that does not wait for it hears of it before the next thing that happens. */
        private void onDurable(long sequence) {
            durableSequence = sequence;
            if (replica.awaitsDurable()) {
                tellDurable();
            }
        }

        private void tellDurable() {
            if (durableTold < durableSequence) {
                durableTold = durableSequence;
                replica.onDurable(clock.millis(), durableSequence);
            }
        }

        void checkpointNow() {
            tellDurable();
            long index = appliedIndex;
            if (index <= logBegin || !disk.isIdle()) {
                return;
            }
            Checkpoint taken =
                    new Checkpoint(index, replica.epochAt(index), replica.votersAt(index), machine.snapshot());
            checkpoint = taken;
            disk.log().add(new SimulatedDisk.CheckpointWrite(taken));
            disk.compact(firstTold);
            entries.subList(0, (int) (index - logBegin)).clear();
            logBegin = index;
            replica.onCheckpointTaken(index);
        }

        private LogEntry entry(long index) {
            return entries.get((int) (index - logBegin - 1));
        }

        // ReplicaEffects

        @Override
        public void writeHardState(long sequence, HardState hardState) {
            write(sequence, List.of(new SimulatedDisk.HardStateWrite(hardState)));
        }

        @Override
        public void writeEntries(long sequence, List<LogEntry> appended) {
            entries.addAll(appended);
            write(sequence, appended.stream().map(SimulatedDisk.EntryWrite::new).toList());
        }

        @Override
        public void writeTruncation(long sequence, long fromIndex, long epoch) {
            if (fromIndex <= appliedIndex) {
                throw new IllegalStateException("truncated " + fromIndex + ", applied " + appliedIndex);
            }
            entries.subList((int) (fromIndex - logBegin - 1), entries.size()).clear();
            write(sequence, List.of(new SimulatedDisk.TruncationWrite(fromIndex)));
        }

        @Override
        public void writeCheckpoint(long sequence, Checkpoint installed, boolean entriesStay) {
            if (entriesStay) {
                entries.subList(0, (int) (installed.index() - logBegin)).clear();
            } else {
                entries.clear();
            }
            logBegin = installed.index();
            checkpoint = installed;
            write(sequence, List.of(new SimulatedDisk.CheckpointWrite(installed)));
            machine = new QueueMachine((QueueMachine.Snapshot) installed.payload());
            appliedIndex = installed.index();
        }

        private void write(long sequence, List<? extends SimulatedDisk.Write> writes) {
            disk.write(sequence, writes, durable -> happen(this, () -> onDurable(durable)), this::onSyncFailed);
        }

        private void onSyncFailed() {
            if (flaw == Flaw.SYNC_ERROR_IGNORED) {
                long lost = disk.forgetUnsynced();
                happen(this, () -> onDurable(lost));
            } else {
                cluster.crashAndRestart(SimulatedNode.this);
            }
        }

        @Override
        public void send(ReplicaId to, ReplicaMessage message) {
            cluster.send(id, to, message);
        }

        @Override
        public void onCommitted(long index) {
            while (appliedIndex < index) {
                LogEntry entry = entry(appliedIndex + 1);
                cluster.agreement.onCommitted(name, entry);
                machine.apply(entry);
                appliedIndex++;
            }
            service.onCommitted(index);
        }

        @Override
        public void onRole(Role role, long epoch, @Nullable ReplicaId leader) {
            service.end();
            anew &= role == Role.CANDIDATE || role == Role.LEADER;
            if (role == Role.LEADER) {
                if (knowsAside
                        && !anew
                        && !replica.isNeeded()
                        && !replica.voters().isSoleVoter(id)) {
                    throw new IllegalStateException("leads in epoch " + epoch + ", and stands aside");
                }
                cluster.agreement.onLeader(Objects.requireNonNull(leader), epoch);
            }
        }

        @Override
        public void onServing(long epoch) {
            cluster.counters.served++;
        }

        @Override
        public void onLease(long untilMillis) {
            // Asked for when something is to be delivered.
        }

        // EntrySource

        @Override
        public List<LogEntry> read(long firstIndex, long lastIndex, int bytesMax) {
            if (random.nextInt(50) == 0) {
                time.after(1_000, () -> happen(this, () -> replica.onReadable(clock.millis())));
                return List.of();
            }
            int from = (int) (firstIndex - logBegin - 1);
            int bytes = 0;
            int to = from;
            while (to < lastIndex - logBegin
                    && (to == from || bytes + entries.get(to).payload().sizeBytes() <= bytesMax)) {
                bytes += entries.get(to).payload().sizeBytes();
                to++;
            }
            return entries.subList(from, to);
        }

        @Override
        public Checkpoint checkpoint(ReplicaId follower) {
            return Objects.requireNonNull(checkpoint);
        }
    }
}
