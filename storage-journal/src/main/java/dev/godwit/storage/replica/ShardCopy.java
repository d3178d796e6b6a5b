package dev.godwit.storage.replica;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.replication.ChangeAnswer;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.LogOutline;
import dev.godwit.storage.replication.Payload;
import dev.godwit.storage.replication.Replica;
import dev.godwit.storage.replication.ReplicaEffects;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicaMessage;
import dev.godwit.storage.replication.ReplicationSettings;
import dev.godwit.storage.replication.Role;
import dev.godwit.storage.replication.Voters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's copy of one shard's log: a {@link Replica} with the node's journal under it and lines to the others. Owned by the
 * shard's executor: every method is called there, one at a time.
 *
 * <p>Its life: {@link #start} or {@link #bootstrap} once, then anything else, until the journal is closed or fails. From then on
 * nothing is told and nothing has an effect.
 */
public final class ShardCopy {
    private static final Logger LOG = LoggerFactory.getLogger(ShardCopy.class);

    private final int shard;
    private final CopyPlace place;
    private final Executor owner;
    private final LongSupplier millis;
    private final ReplicaLines lines;
    private final ShardCopyListener listener;
    private final ReplicationSettings settings;
    private final RandomGenerator random;
    private final Beginning beginning;
    private final CopyWrites writes;
    private final RecentEntries recent;
    private final EntryReader reader;
    private final StateTransfers states;
    private final Covering covering;
    private final ReplicaEffects effects = new Effects();
    private final LeaderLog.Copy underLeader = new UnderLeader();
    private final AtomicBoolean called = new AtomicBoolean();

    /** What the listeners are to be told when the replica is done with what it was given. */
    private final ArrayDeque<Runnable> outcomes = new ArrayDeque<>();

    private @Nullable Replica replica;
    private @Nullable LeaderLog leading;
    private boolean proposing;
    private boolean broken;
    private long durableSequence;
    private long messagesDropped;

    ShardCopy(
            int shard,
            CopyPlace place,
            Executor owner,
            LongSupplier millis,
            ReplicaLines lines,
            ShardCopyListener listener,
            ReplicationSettings settings,
            RandomGenerator random,
            Beginning beginning) {
        this.shard = shard;
        this.place = place;
        this.owner = owner;
        this.millis = millis;
        this.lines = lines;
        this.listener = listener;
        this.settings = settings;
        this.random = random;
        this.beginning = beginning;
        writes = new CopyWrites(shard, place.store().log(), place.promises(), this::callSoon);
        LogOutline outline = beginning.outline();
        recent = new RecentEntries(place.recentBytesMax(), outline.lastIndex() + 1);
        reader = new EntryReader(shard, recent, new Older());
        states = new StateTransfers(shard, place, writes, lines, new UnderStates());
        covering = new Covering(writes, outline.checkpointIndex());
    }

    public int shard() {
        return shard;
    }

    public ReplicaId self() {
        return place.self();
    }

    /** Goes on with what journal and promises say. A copy that knows no voters waits for a leader to take it in. */
    public void start() {
        begin();
    }

    /**
     * Whether {@link #bootstrap} may be called: no entry says who the replicas are, and none has come from another copy. Before the
     * start.
     */
    public boolean mayBootstrap() {
        return replica == null && beginning.mayBootstrap();
    }

    /**
     * In the place of {@link #start}: this copy becomes the sole voter, and leads as soon as that is on stable storage. To be done on one
     * node of a new cluster only: logs that were begun at two nodes never become one. What a standalone journal holds of the shard
     * is what the log begins with.
     *
     * @throws IllegalStateException unless {@link #mayBootstrap}
     */
    public void bootstrap() {
        if (!mayBootstrap()) {
            throw new IllegalStateException("the log of shard " + shard + " has begun already");
        }
        LogEntry first = beginning.firstEntry();
        // Whatever this copy says or writes from now on is on stable storage after it.
        writes.appendFirst(first);
        beginning.outline().append(first);
        recent.append(first);
        begin();
    }

    private void begin() {
        if (replica != null) {
            throw new IllegalStateException("the copy of shard " + shard + " was started already");
        }
        var begun = new Replica(
                self(), beginning.hardState(), beginning.outline(), false, settings, effects, reader, random);
        replica = begun;
        input(() -> {
            // In this order: whatever happens in between, the process before does not seem to have ended earlier than
            // it did.
            long held = place.store().heldMillis();
            long now = millis.getAsLong();
            begun.start(now, now - held);
        });
    }

    /** Time passes: to be told every 25 ms or so, by a timer. */
    public void onTime() {
        Replica known = replica;
        if (known == null) {
            return;
        }
        input(() -> {
            long now = millis.getAsLong();
            known.onTime(now);
            if (leading != null) {
                leading.propose();
            }
            states.onTime(known, covering.index(), now);
            covering.onTime(known, states.neededFrom(), now);
            writes.wakeWriterForMarks();
        });
    }

    /**
     * A message of another copy came. A damaged one is dropped, as if it had been lost.
     *
     * @param nodeId of the node at the other end of the line: who speaks in another's name is not heard
     * @param bytes from position to limit, which stays; they are kept, and may not change any more
     */
    public void onMessage(String nodeId, ByteBuffer bytes) {
        Replica known = replica;
        boolean heard = false;
        try {
            heard = known != null
                    && (StateMessage.isOne(bytes)
                            ? onState(known, nodeId, StateMessage.decode(shard, bytes))
                            : onReplica(known, nodeId, ReplicaMessageCodec.decode(shard, bytes)));
        } catch (DamagedFormatException e) {
            LOG.warn("A message to the copy of shard {} is dropped: {}", shard, e.getMessage());
        }
        messagesDropped += heard ? 0 : 1;
    }

    private boolean onReplica(Replica known, String nodeId, ReceivedMessage received) {
        if (!received.from().nodeId().equals(nodeId)) {
            return false;
        }
        input(() -> {
            if (states.mayHear(received.from(), received.message(), known.commitIndex())) {
                known.onMessage(millis.getAsLong(), received.from(), received.to(), received.message());
            }
        });
        return true;
    }

    private boolean onState(Replica known, String nodeId, StateMessage.Received received) {
        if (!received.from().nodeId().equals(nodeId) || !received.to().equals(self())) {
            return false;
        }
        input(() -> states.onMessage(received.from(), received.message(), known.leader(), millis.getAsLong()));
        return true;
    }

    /** Whether this copy leads and knows all that is committed. */
    public boolean isServing() {
        return replica != null && replica.isServing();
    }

    /**
     * The log for whoever serves the shard: until this copy leads no more, or the journal is lost. Then it takes nothing more, and
     * {@code commits} hears {@link CommitListener#onJournalLost}, before {@link ShardCopyListener#onRole}; of what is open then nobody
     * knows whether it was committed. While leadership is being handed over, what is appended waits for what comes of it.
     *
     * @param commits told on the owner how far a majority has the log on stable storage
     * @throws IllegalStateException when the copy does not serve, or did so before in this epoch
     */
    public ShardLog lead(CommitListener commits) {
        Replica known = replica;
        if (known == null || !known.isServing() || leading != null || hasEnded()) {
            throw new IllegalStateException(
                    "the copy of shard " + shard + " does not serve, or was asked before: " + known);
        }
        var log = new LeaderLog(shard, known.epoch(), underLeader, place, this::execute, commits);
        leading = log;
        return log;
    }

    /** Other voters or learners; see {@link Replica#changeVoters}. */
    public ChangeAnswer changeVoters(Voters next) {
        return ask(known -> known.changeVoters(millis.getAsLong(), next));
    }

    /** Makes another voter leader; see {@link Replica#transferTo}. */
    public ChangeAnswer transferTo(ReplicaId to) {
        return ask(known -> known.transferTo(millis.getAsLong(), to));
    }

    /** Tries to lead now; see {@link Replica#contend}. */
    public void contend() {
        Replica known = replica;
        if (known != null) {
            input(() -> known.contend(millis.getAsLong()));
        }
    }

    /** Does not lead from now on, or may again; see {@link Replica#standAside}. */
    public void standAside(boolean aside) {
        Replica known = replica;
        if (known != null) {
            input(() -> known.standAside(millis.getAsLong(), aside));
        }
    }

    private interface Question {
        ChangeAnswer ask(Replica replica);
    }

    /** What was appended before comes before. */
    private ChangeAnswer ask(Question question) {
        Replica known = replica;
        var answer = new ChangeAnswer[] {ChangeAnswer.NOT_SERVING};
        if (known != null) {
            input(() -> {
                if (leading != null) {
                    leading.propose();
                }
                answer[0] = question.ask(known);
            });
        }
        return answer[0];
    }

    /**
     * Leads in another epoch, if it leads; see {@link Replica#leadAnew}. For whoever served the shard and does so no more: {@link #lead}
     * gives a log once in an epoch.
     */
    public void leadAnew() {
        Replica known = replica;
        if (known != null) {
            input(() -> {
                if (leading != null) {
                    leading.propose();
                }
                known.leadAnew(millis.getAsLong());
            });
        }
    }

    public ShardCopyStatus status() {
        Replica known = replica;
        if (known == null) {
            return ShardCopyStatus.beforeStart(beginning, messagesDropped);
        }
        return new ShardCopyStatus(
                known.role(),
                known.epoch(),
                known.leader(),
                known.isServing(),
                known.commitIndex(),
                known.lastIndex(),
                known.durableIndex(),
                covering.index(),
                known.voters(),
                known.areVotersCommitted(),
                known.isRepairing(),
                known.matchedIndices(),
                messagesDropped);
    }

    /** Any thread: the journal has failed. */
    void onLost() {
        execute(() -> {
            endLeading();
            tellOutcomes();
        });
    }

    private boolean hasEnded() {
        return broken || place.isEnded().getAsBoolean();
    }

    /** Any thread. */
    private void callSoon() {
        if (!called.getAndSet(true)) {
            execute(this::onCalled);
        }
    }

    private void execute(Runnable task) {
        try {
            owner.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("The owner of shard {} has ended before its copy", shard, e);
        }
    }

    /** At the end of a turn in which something was appended, or when more is on stable storage. */
    private void onCalled() {
        called.set(false);
        Replica known = replica;
        if (known == null) {
            return;
        }
        input(() -> {
            if (leading != null) {
                leading.onTurnEnd();
            }
        });
    }

    /** What is on stable storage since: the writer need not have said so. */
    private void takeDurable(Replica known) {
        long durable = writes.durableSequence();
        if (durable > durableSequence) {
            durableSequence = durable;
            known.onDurable(millis.getAsLong(), durable);
            recent.trim(known.durableIndex());
            if (leading != null) {
                leading.onDurable(known.durableIndex());
            }
        }
    }

    /** Gives the replica something, and then tells what comes of it. */
    private void input(Runnable what) {
        Replica known = replica;
        if (known == null || hasEnded()) {
            return;
        }
        try {
            takeDurable(known);
            what.run();
            writes.awaitSync(known.awaitsDurable() || (leading != null && leading.awaitsDurable()));
        } catch (RuntimeException e) {
            onThrown(e);
        }
        writes.wakeWriter();
        tellOutcomes();
    }

    private void onThrown(RuntimeException e) {
        if (place.isEnded().getAsBoolean()) {
            LOG.debug("The journal was closed under the copy of shard {}", shard, e);
            return;
        }
        broken = true;
        LOG.error("The copy of shard {} is broken: {}", shard, replica, e);
        endLeading();
        place.onBroken().accept(new IOException("the copy of shard " + shard + " is broken", e));
    }

    private void tellOutcomes() {
        for (Runnable next = outcomes.poll(); next != null; next = outcomes.poll()) {
            next.run();
        }
    }

    private void endLeading() {
        LeaderLog ended = leading;
        if (ended != null) {
            leading = null;
            ended.end();
            outcomes.add(ended::tellEnd);
        }
    }

    /** What followers need that is not in memory. */
    private final class Older implements EntryReader.Files {
        @Override
        public void read(long round, long firstIndex, int count) {
            place.store()
                    .log()
                    .readEntries(
                            shard,
                            firstIndex,
                            count,
                            EntryReader.STRETCH_BYTES_MAX,
                            read -> execute(() -> input(() -> {
                                if (reader.onRead(round, firstIndex, read)) {
                                    Objects.requireNonNull(replica).onReadable(millis.getAsLong());
                                }
                            })));
        }

        @Override
        public @Nullable Checkpoint checkpoint(ReplicaId follower) {
            return states.checkpointFor(follower, covering.index(), millis.getAsLong());
        }
    }

    /** What {@link StateTransfers} need. */
    private final class UnderStates implements StateTransfers.Copy {
        @Override
        public void input(Runnable task) {
            execute(() -> ShardCopy.this.input(task));
        }

        @Override
        public void onCheckpointThere() {
            Objects.requireNonNull(replica).onReadable(millis.getAsLong());
        }
    }

    /** What a {@link LeaderLog} needs. */
    private final class UnderLeader implements LeaderLog.Copy {
        @Override
        public void callSoon() {
            ShardCopy.this.callSoon();
        }

        @Override
        public long lastIndex() {
            return replica == null ? 0 : replica.lastIndex();
        }

        @Override
        public long durableIndex() {
            return replica == null ? 0 : replica.durableIndex();
        }

        @Override
        public boolean isOpen() {
            return replica != null && replica.isOpen();
        }

        @Override
        public void propose(List<Payload> payloads) {
            Replica known = Objects.requireNonNull(replica);
            proposing = true;
            try {
                known.propose(millis.getAsLong(), payloads);
            } finally {
                proposing = false;
            }
        }
    }

    /** What the replica wants done. Listeners are told afterwards: they may use the copy. */
    private final class Effects implements ReplicaEffects {
        @Override
        public void writeHardState(long sequence, HardState hardState) {
            writes.promise(sequence, hardState);
        }

        @Override
        public void writeEntries(long sequence, List<LogEntry> entries) {
            entries.forEach(recent::append);
            writes.append(sequence, entries, proposing);
        }

        @Override
        public void writeTruncation(long sequence, long fromIndex, long epoch) {
            recent.truncate(fromIndex);
            writes.truncate(sequence, fromIndex, epoch);
        }

        @Override
        public void writeCheckpoint(long sequence, Checkpoint checkpoint, boolean entriesStay) {
            if (!entriesStay) {
                recent.beginBehind(checkpoint.index());
            }
            covering.onInstalled(checkpoint.index());
            states.install(sequence, checkpoint);
        }

        @Override
        public void send(ReplicaId to, ReplicaMessage message) {
            boolean hasEntries = message instanceof ReplicaMessage.AppendRequest request
                    && !request.entries().isEmpty();
            lines.send(shard, to, ReplicaMessageCodec.encode(shard, self(), to, message), !hasEntries);
        }

        @Override
        public void onCommitted(long index) {
            writes.commit(index);
            LeaderLog told = leading;
            if (told != null) {
                outcomes.add(() -> told.onCommitted(index));
            }
        }

        @Override
        public void onRole(Role role, long epoch, @Nullable ReplicaId leader) {
            endLeading();
            reader.reset();
            states.onRole();
            covering.onRole();
            outcomes.add(() -> listener.onRole(role, epoch, leader));
        }

        @Override
        public void onServing(long epoch) {
            outcomes.add(() -> listener.onServing(epoch));
        }

        @Override
        public void onLease(long untilMillis) {
            outcomes.add(() -> listener.onLease(untilMillis));
        }
    }
}
