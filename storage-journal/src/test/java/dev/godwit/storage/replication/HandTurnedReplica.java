package dev.godwit.storage.replication;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A replica whose time, disk and lines are turned by hand. */
final class HandTurnedReplica implements ReplicaEffects, EntrySource {
    /** For so long a voter votes for nobody after it heard a leader. */
    static final long REFUSAL_MILLIS = ReplicationSettings.DEFAULT.refusalMillis();

    private static final long TICK_MILLIS = 20;

    /** @param message that the replica wanted sent */
    record Sent(ReplicaId to, ReplicaMessage message) {}

    /** Something that takes a thousand bytes. */
    record Text(String text) implements Payload {
        @Override
        public int sizeBytes() {
            return 1_000;
        }
    }

    static final ReplicaId A = id("a");
    static final ReplicaId B = id("b");
    static final ReplicaId C = id("c");
    static final ReplicaId D = id("d");
    static final Voters ABC = Voters.of(A, B, C);

    final Replica replica;
    final ReplicaId id;
    final List<Sent> sent = new ArrayList<>();
    final List<LogEntry> log = new ArrayList<>();
    final List<Long> truncations = new ArrayList<>();
    final List<Long> leases = new ArrayList<>();
    HardState hardState;
    long millis = 5_000;
    long committed;
    long served;
    int readAtMost = Integer.MAX_VALUE;

    @Nullable
    Checkpoint checkpoint;

    private long lastSequence;

    private HandTurnedReplica(
            ReplicaId id,
            HardState hardState,
            LogOutline outline,
            List<LogEntry> entries,
            boolean damaged,
            ReplicationSettings settings,
            Rules rules,
            long downMillis) {
        this.id = id;
        this.hardState = hardState;
        log.addAll(entries);
        replica = new Replica(id, hardState, outline, damaged, settings, this, this, new Random(7), rules);
        replica.start(millis, millis - downMillis);
    }

    private static ReplicaId id(String name) {
        return new ReplicaId(name, UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)));
    }

    /** A replica of a shard with these voters, whose log has an entry of each of these epochs. Started and synced. */
    static HandTurnedReplica started(ReplicaId id, Voters voters, long... epochs) {
        return started(id, voters, Rules.RAFT, epochs);
    }

    static HandTurnedReplica started(ReplicaId id, Voters voters, Rules rules, long... epochs) {
        return restarted(id, voters, rules, 1, false, 0, epochs);
    }

    /** The same, so long after whoever ran it before had ended. */
    static HandTurnedReplica startedAfter(long downMillis, ReplicaId id, Voters voters, long... epochs) {
        return restarted(id, voters, Rules.RAFT, 1, false, downMillis, epochs);
    }

    /** The same with patience. */
    static HandTurnedReplica patient(ReplicaId id, int patience, Rules rules, long... epochs) {
        return restarted(id, ABC, rules, patience, false, 0, epochs);
    }

    /** The same after damage: what it had behind these entries is lost. */
    static HandTurnedReplica damaged(ReplicaId id, Voters voters, Rules rules, long... epochs) {
        return restarted(id, voters, rules, 1, true, 0, epochs);
    }

    private static HandTurnedReplica restarted(
            ReplicaId id, Voters voters, Rules rules, int patience, boolean damaged, long downMillis, long... epochs) {
        LogOutline outline = LogOutline.ofNewShard(voters);
        List<LogEntry> entries = new ArrayList<>();
        long last = 0;
        for (long epoch : epochs) {
            LogEntry entry = new LogEntry(entries.size() + 1, epoch, new Text("of " + epoch));
            outline.append(entry);
            entries.add(entry);
            last = epoch;
        }
        var replica = new HandTurnedReplica(
                id,
                new HardState(last, null, 0, false),
                outline,
                entries,
                damaged,
                ReplicationSettings.DEFAULT.withPatience(patience),
                rules,
                downMillis);
        replica.sync();
        return replica;
    }

    static ReplicaMessage.VoteRequest voteRequest(long epoch, long lastIndex, long lastEpoch) {
        return new ReplicaMessage.VoteRequest(epoch, lastIndex, lastEpoch, false, false);
    }

    /** One entry of each of these epochs, from a leader that knows of nothing committed. */
    static ReplicaMessage.AppendRequest append(long epoch, long previousIndex, long previousEpoch, long... epochs) {
        List<LogEntry> entries = new ArrayList<>();
        for (long each : epochs) {
            entries.add(new LogEntry(previousIndex + 1 + entries.size(), each, new Text("of " + each)));
        }
        return new ReplicaMessage.AppendRequest(epoch, previousIndex, previousEpoch, entries, 0, 1);
    }

    /** All that was written is on stable storage. */
    void sync() {
        replica.onDurable(millis, lastSequence);
    }

    void pass(long passedMillis) {
        long end = millis + passedMillis;
        while (millis < end) {
            millis = Math.min(end, millis + TICK_MILLIS);
            replica.onTime(millis);
        }
    }

    void receive(ReplicaId from, ReplicaMessage message) {
        replica.onMessage(millis, from, id, message);
    }

    /** Takes all messages of a kind to somebody out of those that were sent. */
    <M extends ReplicaMessage> List<M> take(Class<M> kind, ReplicaId to) {
        List<M> taken = sent.stream()
                .filter(each -> each.to().equals(to) && kind.isInstance(each.message()))
                .map(each -> kind.cast(each.message()))
                .toList();
        sent.removeIf(each -> each.to().equals(to) && kind.isInstance(each.message()));
        return taken;
    }

    /** The last message of a kind to somebody; there is one. */
    <M extends ReplicaMessage> M last(Class<M> kind, ReplicaId to) {
        List<M> taken = take(kind, to);
        return taken.get(taken.size() - 1);
    }

    /** Lets it wait for a leader in vain, and be elected by {@code voter}. Its first entry is synced here, and nowhere else. */
    HandTurnedReplica elect(ReplicaId voter) {
        pass(2_100);
        receive(voter, new ReplicaMessage.VoteResponse(replica.epoch() + 1, true, true));
        sync();
        receive(voter, new ReplicaMessage.VoteResponse(replica.epoch(), false, true));
        sync();
        return this;
    }

    /** The same, and {@code voter} has all entries. */
    HandTurnedReplica serve(ReplicaId voter) {
        elect(voter);
        acknowledge(voter, replica.lastIndex());
        return this;
    }

    /** A follower has the log up to {@code index}. */
    void acknowledge(ReplicaId follower, long index) {
        receive(follower, new ReplicaMessage.AppendResponse(replica.epoch(), 1, true, index, 0));
    }

    /** A follower answers the last heartbeat. */
    void answerHeartbeat(ReplicaId follower) {
        ReplicaMessage.Heartbeat heartbeat = last(ReplicaMessage.Heartbeat.class, follower);
        receive(follower, new ReplicaMessage.HeartbeatResponse(replica.epoch(), heartbeat.round(), 1, 0, 0, false));
    }

    @Override
    public void writeHardState(long sequence, HardState next) {
        lastSequence = sequence;
        hardState = next;
    }

    @Override
    public void writeEntries(long sequence, List<LogEntry> entries) {
        lastSequence = sequence;
        log.addAll(entries);
    }

    @Override
    public void writeTruncation(long sequence, long fromIndex, long epoch) {
        lastSequence = sequence;
        truncations.add(fromIndex);
        log.removeIf(entry -> entry.index() >= fromIndex);
    }

    @Override
    public void writeCheckpoint(long sequence, Checkpoint installed, boolean entriesStay) {
        lastSequence = sequence;
        checkpoint = installed;
        log.removeIf(entry -> !entriesStay || entry.index() <= installed.index());
    }

    @Override
    public void send(ReplicaId to, ReplicaMessage message) {
        sent.add(new Sent(to, message));
    }

    @Override
    public void onCommitted(long index) {
        committed = index;
    }

    @Override
    public void onRole(Role role, long epoch, @Nullable ReplicaId leader) {
        // Asked for.
    }

    @Override
    public void onServing(long epoch) {
        served = epoch;
    }

    @Override
    public void onLease(long untilMillis) {
        leases.add(untilMillis);
    }

    @Override
    public List<LogEntry> read(long firstIndex, long lastIndex, int bytesMax) {
        return log.stream()
                .filter(entry -> entry.index() >= firstIndex && entry.index() <= lastIndex)
                .limit(Math.min(readAtMost, Math.max(1, bytesMax / 1_000)))
                .toList();
    }

    @Override
    public @Nullable Checkpoint checkpoint(ReplicaId follower) {
        return checkpoint;
    }
}
