package dev.godwit.storage.replication;

import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.CampaignRequest;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a leader does, from its election to its end: appends, sends its log to all others, finds what is committed, keeps its
 * lease. Owned by its {@link Replica}, which ends it when {@link #isOver} says so or a newer epoch is heard of.
 */
final class Leadership {
    private final ReplicaId self;
    private final StableLog stable;
    private final CommitPoint commit;
    private final Outbox outbox;
    private final EntrySource source;
    private final ReplicaEffects effects;
    private final ReplicationSettings settings;
    private final Rules rules;
    private final Majority majority;
    private final DeliveryLease lease;
    private final long epoch;
    private final long firstOwnIndex;
    private final Map<ReplicaId, FollowerProgress> followers = new TreeMap<>();
    private @Nullable LeadershipTransfer transfer;
    private long heartbeatMillis;
    private long releasedIndex;
    private boolean serving;
    private boolean over;

    Leadership(
            ReplicaId self,
            StableLog stable,
            CommitPoint commit,
            Outbox outbox,
            EntrySource source,
            ReplicaEffects effects,
            ReplicationSettings settings,
            Rules rules,
            long nowMillis) {
        this.self = self;
        this.stable = stable;
        this.commit = commit;
        this.outbox = outbox;
        this.source = source;
        this.effects = effects;
        this.settings = settings;
        this.rules = rules;
        majority = new Majority(rules);
        lease = new DeliveryLease(rules, effects, settings.leaseMillis(), nowMillis);
        epoch = stable.hardState().epoch();
        firstOwnIndex = stable.outline().lastIndex() + 1;
        heartbeatMillis = nowMillis;
    }

    /** The first entry of the epoch, and the first word to all. */
    void begin(long nowMillis) {
        meetFollowers(nowMillis);
        sendHeartbeats(nowMillis);
        append(List.of(new EpochBegun()), nowMillis);
        checkServing();
    }

    /** It cannot lead any more: nobody hears it, it is no voter, or it has handed over. */
    boolean isOver() {
        return over;
    }

    boolean isServing() {
        return serving;
    }

    /** Whether it takes proposals. */
    boolean isOpen() {
        return serving && transfer == null;
    }

    long leaseUntilMillis() {
        return lease.untilMillis();
    }

    void end() {
        lease.end();
    }

    /** Appends; returns the index of the first. */
    long append(List<Payload> payloads, long nowMillis) {
        long first = stable.outline().lastIndex() + 1;
        LogEntry[] entries = new LogEntry[payloads.size()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = new LogEntry(first + i, epoch, payloads.get(i));
        }
        stable.append(List.of(entries));
        replicate(nowMillis);
        return first;
    }

    void onTime(long nowMillis) {
        if (rules.givesUp(nowMillis - lease.majorityHeardMillis(), settings.electionMillisMax())) {
            over = true;
            return;
        }
        checkTransfer(nowMillis);
        if (nowMillis >= heartbeatMillis) {
            sendHeartbeats(nowMillis);
        }
        followers.values().forEach(follower -> follower.onTime(nowMillis));
        chooseNeeded();
        replicate(nowMillis, true);
    }

    /**
     * Waits on as many followers as a majority needs besides this one, those that are furthest: where they are equal, on who was
     * waited on before, and else by their ids, so that all shards wait on the same. The others are sent the same in fewer
     * messages, at the next tick at the latest. Who has more then than one that is waited on takes its place at once.
     */
    private void chooseNeeded() {
        Voters voters = stable.outline().voters();
        int own = voters.isVoter(self) ? 1 : 0;
        List<FollowerProgress> furthest = followers.entrySet().stream()
                .filter(each -> voters.isVoter(each.getKey()))
                .map(Map.Entry::getValue)
                .sorted(FollowerProgress.FURTHEST_FIRST)
                .limit(Math.max(0, rules.copiesNeeded(voters.voters().size()) - own))
                .toList();
        followers.forEach((id, follower) -> follower.need(furthest.contains(follower)
                || (transfer != null && transfer.target().equals(id))));
    }

    private void sendHeartbeats(long nowMillis) {
        heartbeatMillis = nowMillis + settings.heartbeatMillis();
        long round = lease.onSent(nowMillis);
        long coverIndex = mayCoverTo();
        followers.forEach((id, follower) ->
                outbox.send(id, new Heartbeat(epoch, round, commit.index(), follower.start(), coverIndex)));
        checkLease(nowMillis);
    }

    private void checkLease(long nowMillis) {
        Voters voters = stable.outline().voters();
        if (voters.isSoleVoter(self)) {
            lease.onAlone(nowMillis);
            return;
        }
        int needed = rules.majority(voters.voters().size());
        lease.onAnswered(majority.reached(voters, needed, this::answeredRound), nowMillis);
    }

    private long answeredRound(ReplicaId id) {
        if (id.equals(self)) {
            return lease.lastRound();
        }
        FollowerProgress follower = followers.get(id);
        return follower == null ? 0 : follower.answeredRound();
    }

    void onAppendResponse(ReplicaId from, AppendResponse response, long nowMillis) {
        FollowerProgress follower = followerOf(from, response.start());
        if (follower == null) {
            return;
        }
        if (response.matched()) {
            onMatched(follower, response.index(), nowMillis);
        } else {
            follower.onRejected(response.index(), response.hint());
        }
        sendTo(from, follower, nowMillis, false);
    }

    void onHeartbeatResponse(ReplicaId from, HeartbeatResponse response, long nowMillis) {
        FollowerProgress follower = followerOf(from, response.start());
        if (follower == null) {
            return;
        }
        follower.onHeartbeatAnswered(response.round(), response.receivedIndex(), response.repairing());
        checkLease(nowMillis);
        if (response.durableIndex() > follower.matchIndex()) {
            onMatched(follower, response.durableIndex(), nowMillis);
        }
        sendTo(from, follower, nowMillis, false);
    }

    /** Null when the answer means nothing. */
    private @Nullable FollowerProgress followerOf(ReplicaId from, long start) {
        FollowerProgress follower = followers.get(from);
        if (follower == null || rules.isOfOldStart(start, follower.start())) {
            return null;
        }
        if (start > follower.start()) {
            follower.onStarted(start);
        }
        return follower;
    }

    private void onMatched(FollowerProgress follower, long index, long nowMillis) {
        follower.onMatched(index);
        if (!follower.isNeeded()) {
            chooseNeeded();
        }
        checkCommit(nowMillis);
        checkTransfer(nowMillis);
    }

    /** More of our own log is on stable storage. */
    void onDurable(long nowMillis) {
        checkCommit(nowMillis);
    }

    /** Whether something would be committed if all of our own log were on stable storage. */
    boolean awaitsDurable() {
        Voters voters = stable.outline().voters();
        int needed = rules.copiesNeeded(voters.voters().size());
        long last = stable.outline().lastIndex();
        return stable.durableIndex() < last
                && majority.reached(voters, needed, id -> id.equals(self) ? last : matchIndex(id)) > commit.index();
    }

    private void checkCommit(long nowMillis) {
        Voters voters = stable.outline().voters();
        int needed = rules.copiesNeeded(voters.voters().size());
        long index = majority.reached(voters, needed, this::matchIndex);
        if (index <= commit.index() || !rules.mayCommit(stable.outline().epochAt(index), epoch)) {
            return;
        }
        commit.advance(index);
        checkServing();
        if (!voters.isVoter(self) && stable.outline().votersIndex() <= index) {
            sendHeartbeats(nowMillis);
            over = true;
        }
    }

    private void checkServing() {
        if (!serving && rules.serves(commit.index(), firstOwnIndex)) {
            serving = true;
            effects.onServing(epoch);
        }
    }

    private long matchIndex(ReplicaId id) {
        if (id.equals(self)) {
            return rules.acknowledged(stable.outline().lastIndex(), stable.durableIndex());
        }
        FollowerProgress follower = followers.get(id);
        return follower == null ? 0 : follower.matchIndex();
    }

    /** Nobody is waited for any more who has not the entries up to {@code index}. */
    void release(long index) {
        releasedIndex = Math.max(releasedIndex, index);
    }

    /** Up to here entries need not be kept: all have them, or are given a checkpoint. */
    long mayCoverTo() {
        return Math.max(releasedIndex, heldByAll());
    }

    /**
     * Up to here every replica, learners too, has the log on stable storage; 0 while there are not as many as there are to be, since
     * it is quicker to give the log to those that come soon.
     */
    private long heldByAll() {
        if (followers.size() + 1 < settings.copies()) {
            return 0;
        }
        long held = stable.durableIndex();
        for (FollowerProgress follower : followers.values()) {
            held = Math.min(held, follower.matchIndex());
        }
        return held;
    }

    /** Up to where each of the others has the log on stable storage, as far as they have said. */
    Map<ReplicaId, Long> matchedIndices() {
        Map<ReplicaId, Long> matched = new TreeMap<>();
        followers.forEach((id, follower) -> matched.put(id, follower.matchIndex()));
        return matched;
    }

    /** Sends to each follower what it can take, and what is not better sent later. */
    private void replicate(long nowMillis) {
        replicate(nowMillis, false);
    }

    /** What was too far back to be sent is at hand. */
    void onReadable(long nowMillis) {
        replicate(nowMillis, true);
    }

    private void replicate(long nowMillis, boolean ticks) {
        followers.forEach((id, follower) -> sendTo(id, follower, nowMillis, ticks));
    }

    private void sendTo(ReplicaId id, FollowerProgress follower, long nowMillis, boolean ticks) {
        LogOutline outline = stable.outline();
        while (follower.isReady(outline.lastIndex(), ticks)) {
            if (follower.nextIndex() <= outline.checkpointIndex() && !follower.isWithout(outline.checkpointIndex())) {
                follower.probe(outline.checkpointIndex());
            }
            long next = follower.nextIndex();
            if (next <= outline.checkpointIndex()) {
                Checkpoint checkpoint = source.checkpoint(id);
                if (checkpoint == null) {
                    return;
                }
                follower.onCheckpointSent(checkpoint.index(), nowMillis);
                outbox.send(id, new CheckpointRequest(epoch, checkpoint, follower.start()));
                return;
            }
            boolean probing = follower.state() == FollowerState.PROBING;
            if (next > outline.lastIndex() && !probing) {
                return;
            }
            List<LogEntry> entries = next > outline.lastIndex()
                    ? List.of()
                    : source.read(next, outline.lastIndex(), settings.batchBytesMax());
            if (entries.isEmpty() && !probing) {
                return;
            }
            outbox.send(
                    id,
                    new AppendRequest(
                            epoch, next - 1, outline.epochAt(next - 1), entries, commit.index(), follower.start()));
            follower.onSent(
                    next - 1 + entries.size(),
                    entries.stream()
                            .mapToLong(entry -> entry.payload().sizeBytes())
                            .sum());
        }
    }

    ChangeAnswer changeVoters(Voters next, long nowMillis) {
        LogOutline outline = stable.outline();
        Voters current = outline.voters();
        boolean lastChangeCommitted = outline.votersIndex() <= commit.index();
        int changes = current.changesTo(next);
        if (!rules.mayChange(changes, lastChangeCommitted, serving)) {
            if (!serving) {
                return ChangeAnswer.NOT_SERVING;
            }
            return changes > 1 ? ChangeAnswer.TOO_MUCH : ChangeAnswer.BUSY;
        }
        if (transfer != null) {
            return ChangeAnswer.BUSY;
        }
        if (next.voters().isEmpty() || next.hasNodeTwice()) {
            return ChangeAnswer.TOO_MUCH;
        }
        if (!next.voters().stream().allMatch(id -> current.isVoter(id) || hasCaughtUp(id)) || !isSound(next)) {
            return ChangeAnswer.NOT_READY;
        }
        stable.append(List.of(new LogEntry(outline.lastIndex() + 1, epoch, new VotersChanged(next))));
        meetFollowers(nowMillis);
        replicate(nowMillis);
        return ChangeAnswer.BEGUN;
    }

    private boolean hasCaughtUp(ReplicaId learner) {
        FollowerProgress follower = followers.get(learner);
        return follower != null
                && follower.matchIndex() > 0
                && commit.index() - follower.matchIndex() <= settings.promotionLagMax();
    }

    /** Whether a majority of {@code next} was heard lately and votes: else the change might be the last one. */
    private boolean isSound(Voters next) {
        long round = lease.lastRound() - settings.electionMillisMin() / settings.heartbeatMillis();
        long sound = next.voters().stream()
                .filter(id -> {
                    FollowerProgress follower = followers.get(id);
                    return id.equals(self) || (follower != null && follower.isSound(Math.max(1, round)));
                })
                .count();
        return sound >= rules.majority(next.voters().size());
    }

    private void meetFollowers(long nowMillis) {
        Voters voters = stable.outline().voters();
        var others = new TreeSet<>(voters.all().toList());
        others.remove(self);
        followers.keySet().retainAll(others);
        long next = stable.outline().lastIndex() + 1;
        others.forEach(id -> followers.computeIfAbsent(id, any -> new FollowerProgress(settings, next)));
        if (!voters.isSoleVoter(self)) {
            lease.onCompany();
        }
        checkLease(nowMillis);
        chooseNeeded();
    }

    ChangeAnswer transferTo(ReplicaId target, long nowMillis) {
        if (!serving) {
            return ChangeAnswer.NOT_SERVING;
        }
        if (transfer != null) {
            return ChangeAnswer.BUSY;
        }
        if (target.equals(self) || !stable.outline().voters().isVoter(target)) {
            return ChangeAnswer.NOT_READY;
        }
        transfer = new LeadershipTransfer(target, nowMillis);
        chooseNeeded();
        replicate(nowMillis);
        checkTransfer(nowMillis);
        return ChangeAnswer.BEGUN;
    }

    private void checkTransfer(long nowMillis) {
        if (transfer == null) {
            return;
        }
        FollowerProgress follower = followers.get(transfer.target());
        boolean late = transfer.isLate(nowMillis, settings.electionMillisMin());
        if (transfer.isHandedOver()) {
            over |= late;
        } else if (follower == null || late) {
            transfer = null;
        } else if (follower.matchIndex() == stable.outline().lastIndex()) {
            if (rules.leaseEndsWithTransfer()) {
                lease.end();
            }
            transfer.handOver(nowMillis);
            outbox.send(transfer.target(), new CampaignRequest(epoch));
        }
    }
}
