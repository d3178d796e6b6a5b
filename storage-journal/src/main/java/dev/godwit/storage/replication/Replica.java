package dev.godwit.storage.replication;

import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.CampaignRequest;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import dev.godwit.storage.replication.ReplicaMessage.VoteRequest;
import dev.godwit.storage.replication.ReplicaMessage.VoteResponse;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One replica of a shard's log: a state machine that is told what happens and says what is to be done. The rules are Raft's
 * (Ongaro, "Consensus: Bridging Theory and Practice", §3, §4, §6, §9.6 and §10.2.1); docs/replication.md has them in our
 * words, with what we add: the delivery lease, and repair mode.
 *
 * <p>It has no clock, disk, net or thread. Each input comes with the time by a monotonic clock, in milliseconds, that never
 * goes back; the same inputs have the same effects. Owned by whoever makes it: one thread gives it one input at a time, and
 * carries the effects out in their order.
 *
 * <p>Its life: {@link #start} once, then anything else; there is no end. When the node stops, what has not become durable is
 * lost, and the next replica begins with what is left.
 */
public final class Replica {
    private final ReplicaId self;
    private final boolean damaged;
    private final ReplicationSettings settings;
    private final ReplicaEffects effects;
    private final EntrySource source;
    private final Rules rules;
    private final Waiting waiting;
    private final StableLog stable;
    private final Outbox outbox;
    private final CommitPoint commit;
    private final RepairMode repair;
    private final Following following;
    private final Majority majority;
    private final ReplicaMessage.Receiver receiver = new Inputs();

    private Role role = Role.FOLLOWER;
    private @Nullable ReplicaId leader;
    private @Nullable Leadership leadership;
    private @Nullable Election election;
    private long ownVoteSequence;
    private long nowMillis;
    private boolean aside;

    /** Somebody tries to lead who has less, and no leader has been heard since: what is here may be nowhere else. */
    private boolean needed;

    /** So often in a row it has waited in vain for a leader, or for somebody to vote for. */
    private int waits;

    /**
     * A replica as its journal left it.
     *
     * @param hardState the last one on stable storage
     * @param outline of the log on stable storage; the replica owns it from now on
     * @param damaged the log ends where it does because what came behind was damaged, which had been on stable storage. To
     *     be said at each start until a hard state says so
     * @param random for the time that it waits before an election
     */
    public Replica(
            ReplicaId self,
            HardState hardState,
            LogOutline outline,
            boolean damaged,
            ReplicationSettings settings,
            ReplicaEffects effects,
            EntrySource source,
            RandomGenerator random) {
        this(self, hardState, outline, damaged, settings, effects, source, random, Rules.RAFT);
    }

    Replica(
            ReplicaId self,
            HardState hardState,
            LogOutline outline,
            boolean damaged,
            ReplicationSettings settings,
            ReplicaEffects effects,
            EntrySource source,
            RandomGenerator random,
            Rules rules) {
        this.self = self;
        this.damaged = damaged;
        this.settings = settings;
        this.effects = effects;
        this.source = source;
        this.rules = rules;
        waiting = new Waiting(settings, rules, random);
        stable = new StableLog(hardState, outline, effects);
        outbox = new Outbox(stable, rules, effects);
        commit = new CommitPoint(outline.checkpointIndex(), effects);
        repair = new RepairMode(stable, rules);
        following = new Following(stable, commit, outbox, repair, rules);
        majority = new Majority(rules);
    }

    /**
     * The first input. A sole voter is leader as soon as that is on stable storage; others try soon, for perhaps all were started, and nobody
     * leads.
     *
     * @param endedMillis when it was certain, by the same clock, that whoever ran this replica before had ended: not after {@code now}. For as long after
     *     that as after hearing a leader it votes for nobody
     */
    public void start(long now, long endedMillis) {
        if (endedMillis > now) {
            throw new IllegalArgumentException("started at " + now + ", ended at " + endedMillis);
        }
        nowMillis = now;
        waiting.onLeader(endedMillis);
        stable.write(stable.hardState().started(damaged));
        following.begin(null);
        waiting.beginAtStart(now);
        if (mayCampaign() && stable.outline().voters().isSoleVoter(self)) {
            campaign(false);
        }
    }

    /**
     * Tries to lead, as if it had waited long enough; has no effect if it leads, campaigns, may not, or has heard a leader lately. For
     * whoever keeps replicas of several shards that are to have one leader: one shard elects it, and the replicas of the others, which
     * are patient, are told.
     */
    public void contend(long now) {
        nowMillis = now;
        if (mayCampaign() && rules.mayContend(role, waiting.refuses(now, false))) {
            tryToLead(true);
        }
    }

    /**
     * While it stands aside it does not try to lead, and takes over from nobody; it votes, and keeps the log, as ever. If it leads, that goes
     * on until it has handed over, in another epoch, too. A sole voter leads all the same: there is nobody else. And where nobody leads, and
     * who tries has less, it waits as long as others do and tries, too: for without its entries nobody can be elected. So it does when it has
     * waited some times in vain: those that may try may not know that they vote. Whoever had it stand aside hands over what it leads then.
     */
    public void standAside(long now, boolean nowAside) {
        nowMillis = now;
        aside = nowAside;
        nobodyNeedsUs();
        if (standsAside() && (role == Role.TRYING || role == Role.CANDIDATE) && rules.givesUpAside()) {
            become(Role.FOLLOWER, null);
        }
    }

    /** Time passes. To be told often: several times within a heartbeat. */
    public void onTime(long now) {
        nowMillis = now;
        if (leadership != null) {
            leadership.onTime(now);
            checkLeadership();
        } else if (waiting.isOver(now)) {
            waiting.begin(now);
            needed |= rules.isLonely(++waits);
            if (mayCampaign()) {
                tryToLead(false);
            }
        }
    }

    /**
     * A message came.
     *
     * @param to whom the sender meant: if that is another journal of this node, the message has no effect
     */
    public void onMessage(long now, ReplicaId from, ReplicaId to, ReplicaMessage message) {
        nowMillis = now;
        if (rules.isFor(to, self)) {
            message.deliverTo(receiver, from);
            checkLeadership();
        }
    }

    /** All writes up to {@code sequence} are on stable storage. */
    public void onDurable(long now, long sequence) {
        nowMillis = now;
        stable.onDurable(sequence);
        outbox.onDurable();
        if (leadership != null) {
            leadership.onDurable(now);
            checkLeadership();
        } else {
            following.onDurable();
            checkOwnVote();
        }
    }

    /**
     * Whether {@link #onDurable} would change anything by itself, so that it has to be said at once when more is on stable storage. Else that
     * may be said with the next input: a leader whose followers have less than it has waits for them.
     */
    public boolean awaitsDurable() {
        return leadership == null || leadership.awaitsDurable() || outbox.awaitsDurable();
    }

    /** Entries that {@link EntrySource#read} did not have are at hand now. */
    public void onReadable(long now) {
        nowMillis = now;
        if (leadership != null) {
            leadership.onReadable(now);
        }
    }

    /**
     * The state after the entry at {@code index} is on stable storage as a checkpoint, and the source gives it out.
     *
     * @param index not above what is committed and, here, on stable storage
     */
    public void onCheckpointTaken(long index) {
        if (index > Math.min(commit.index(), stable.durableIndex())) {
            throw new IllegalArgumentException("checkpoint at " + index + ", committed " + commit.index());
        }
        stable.outline().coverTo(index);
    }

    /** Whether {@link #propose} may be called. */
    public boolean isOpen() {
        return leadership != null && leadership.isOpen();
    }

    /**
     * Appends entries. They are committed when {@link ReplicaEffects#onCommitted} says so and {@link #epochAt} is still
     * this epoch; if leadership ends before, nobody knows yet.
     *
     * @return the index of the first
     * @throws IllegalStateException when it is not open
     */
    public long propose(long now, List<Payload> payloads) {
        nowMillis = now;
        if (leadership == null || !leadership.isOpen()) {
            throw new IllegalStateException("no proposals: " + role);
        }
        return leadership.append(payloads, now);
    }

    /** Other voters or learners. One voter may come or go at a time; who comes was a learner before. */
    public ChangeAnswer changeVoters(long now, Voters next) {
        nowMillis = now;
        return leadership == null ? ChangeAnswer.NOT_SERVING : leadership.changeVoters(next, now);
    }

    /** Makes another voter leader, as soon as it has all entries. Nothing is proposed meanwhile; the lease ends first. */
    public ChangeAnswer transferTo(long now, ReplicaId target) {
        nowMillis = now;
        return leadership == null ? ChangeAnswer.NOT_SERVING : leadership.transferTo(target, now);
    }

    /**
     * Leads in another epoch, if it leads, and can: it steps down, and campaigns at once. Nobody has to wait, for who lets go of
     * the lease is who wants the votes. What was appended and is not committed yet is committed with the new epoch's first entry.
     */
    public void leadAnew(long now) {
        nowMillis = now;
        if (leadership != null) {
            become(Role.FOLLOWER, null);
            if (mayBeElected()) {
                campaign(true);
            }
        }
    }

    public Role role() {
        return role;
    }

    public long epoch() {
        return stable.hardState().epoch();
    }

    /** Who leads in this epoch, or null while that is not known. */
    public @Nullable ReplicaId leader() {
        return leader;
    }

    /** Whether it leads and knows all that is committed. */
    public boolean isServing() {
        return leadership != null && leadership.isServing();
    }

    /** As last told by {@link ReplicaEffects#onLease}. */
    public long leaseUntilMillis() {
        return leadership == null ? DeliveryLease.NONE : leadership.leaseUntilMillis();
    }

    public long commitIndex() {
        return commit.index();
    }

    public long lastIndex() {
        return stable.outline().lastIndex();
    }

    /**
     * Of a leader: who has not the entries up to {@code index} is not waited for, and given a checkpoint if need be. Without
     * effect where it does not lead.
     */
    public void release(long index) {
        if (leadership != null) {
            leadership.release(index);
        }
    }

    /**
     * Up to here nobody needs the entries: every replica, voter or learner, has them on stable storage, or is not waited for. It leads,
     * or its leader said so. What is also committed here may be covered.
     */
    public long mayCoverTo() {
        return leadership != null ? leadership.mayCoverTo() : following.mayCoverTo();
    }

    /** Of a leader: up to where each of the others has the log on stable storage, as far as they have said. Else empty. */
    public Map<ReplicaId, Long> matchedIndices() {
        return leadership == null ? Map.of() : leadership.matchedIndices();
    }

    /** Up to here the log is on stable storage. */
    public long durableIndex() {
        return stable.durableIndex();
    }

    /** Epoch of an entry, from the checkpoint's on. */
    public long epochAt(long index) {
        return stable.outline().epochAt(index);
    }

    /** By the last entry that says so, committed or not. */
    public Voters voters() {
        return stable.outline().voters();
    }

    /** Who the replicas were by the entries up to {@code index}, which is not before the checkpoint. */
    public Voters votersAt(long index) {
        return stable.outline().votersAt(index);
    }

    /** Whether the last change of voters is committed. */
    public boolean areVotersCommitted() {
        return stable.outline().votersIndex() <= commit.index();
    }

    public boolean isRepairing() {
        return stable.hardState().repairing();
    }

    @Override
    public String toString() {
        return self + " " + role + " in epoch " + epoch() + ", committed " + commit.index() + ", durable "
                + stable.durableIndex() + ", last " + lastIndex() + (isRepairing() ? ", repairing, " : ", ") + voters();
    }

    // Elections.

    private boolean mayCampaign() {
        return rules.mayTry(standsAside(), needed) && mayBeElected();
    }

    /** Whether it tries although it stands aside. */
    boolean isNeeded() {
        return needed;
    }

    private boolean standsAside() {
        return aside && !stable.outline().voters().isSoleVoter(self);
    }

    /**
     * Voters may, and who was one before a change that is perhaps not committed: it may be the only one that has the entry and
     * all before it (Raft thesis §4.2.2).
     */
    private boolean mayBeElected() {
        LogOutline outline = stable.outline();
        long changed = outline.votersIndex();
        boolean voter = outline.voters().isVoter(self)
                || (changed > commit.index() && outline.votersAt(changed - 1).isVoter(self));
        return rules.mayBeElected(voter) && repair.mayVote();
    }

    private void tryToLead(boolean told) {
        if (!rules.triesFirst(told)) {
            campaign(false);
            return;
        }
        become(Role.TRYING, null);
        Election trial = new Election(epoch() + 1, true, rules);
        election = trial;
        askForVotes(epoch() + 1, true, false);
        trial.onGranted(self);
        checkElection();
    }

    private void campaign(boolean transferred) {
        stable.write(stable.hardState().inEpoch(epoch() + 1, self));
        ownVoteSequence = stable.hardStateSequence();
        become(Role.CANDIDATE, null);
        election = new Election(epoch(), false, rules);
        askForVotes(epoch(), false, transferred);
        checkOwnVote();
    }

    private void askForVotes(long inEpoch, boolean trial, boolean transferred) {
        LogOutline outline = stable.outline();
        var request = new VoteRequest(inEpoch, outline.lastIndex(), outline.lastEpoch(), trial, transferred);
        outline.voters().voters().stream().filter(id -> !id.equals(self)).forEach(id -> outbox.send(id, request));
    }

    /** Our own vote counts like any other: when it cannot be forgotten. */
    private void checkOwnVote() {
        if (role == Role.CANDIDATE
                && election != null
                && rules.sentAfter(ownVoteSequence) <= stable.durableSequence()) {
            election.onGranted(self);
            checkElection();
        }
    }

    private void checkElection() {
        if (election == null || !election.isWon(majority, stable.outline().voters())) {
            return;
        }
        if (role == Role.TRYING) {
            campaign(false);
        } else {
            become(Role.LEADER, self);
            leadership = new Leadership(self, stable, commit, outbox, source, effects, settings, rules, nowMillis);
            nobodyNeedsUs();
            leadership.begin(nowMillis);
        }
    }

    /** Votes were split. Who goes on as a candidate could not be told to contend; the next try may come at once. */
    private void giveUpLostElection() {
        if (election != null && election.isLost(majority, stable.outline().voters())) {
            become(Role.FOLLOWER, null);
        }
    }

    private void checkLeadership() {
        if (leadership != null && leadership.isOver()) {
            become(Role.FOLLOWER, null);
        }
    }

    /** The one place where role and leader change. */
    private void become(Role next, @Nullable ReplicaId nextLeader) {
        if (!role.mayBecome(next)) {
            throw new IllegalStateException(self + ": " + role + " may not become " + next);
        }
        if (leadership != null) {
            leadership.end();
            leadership = null;
        }
        election = null;
        role = next;
        leader = nextLeader;
        waiting.begin(nowMillis);
        following.begin(nextLeader);
        effects.onRole(next, epoch(), nextLeader);
    }

    /** Another epoch began somewhere. */
    private void follow(long newerEpoch) {
        stable.write(stable.hardState().inEpoch(newerEpoch, null));
        become(Role.FOLLOWER, null);
    }

    /** Nobody else can be elected: whoever says so has gone on without us, and what we have committed is not there. */
    private boolean decidesAlone() {
        return stable.outline().voters().isSoleVoter(self) && areVotersCommitted();
    }

    /** Whether {@code from} is our leader now. If it was deposed, it is told so. */
    private boolean isLeader(ReplicaId from, long messageEpoch) {
        if (rules.isDeposed(messageEpoch, epoch())) {
            outbox.send(from, new AppendResponse(epoch(), stable.hardState().starts(), false, 0, 0));
            return false;
        }
        if (decidesAlone()) {
            return false;
        }
        if (messageEpoch > epoch()) {
            follow(messageEpoch);
        }
        if (role == Role.LEADER) {
            throw new IllegalStateException(self + " and " + from + " both lead in epoch " + epoch());
        }
        if (!from.equals(leader)) {
            become(Role.FOLLOWER, from);
        }
        waiting.begin(nowMillis);
        waiting.onLeader(nowMillis);
        nobodyNeedsUs();
        return true;
    }

    private void nobodyNeedsUs() {
        needed = false;
        waits = 0;
    }

    /** Each kind of message. */
    private final class Inputs implements ReplicaMessage.Receiver {
        @Override
        public void onVoteRequest(ReplicaId from, VoteRequest request) {
            boolean refused = (role == Role.LEADER && !request.transferred())
                    || waiting.refuses(nowMillis, request.transferred())
                    || decidesAlone();
            boolean asNew = rules.isAsNew(request.lastEpoch(), request.lastIndex(), stable.outline());
            boolean granted;
            if (request.trial()) {
                granted = !refused && asNew && repair.mayVote() && request.epoch() > epoch();
                needed |= rules.isNeeded(refused, asNew);
                if (waiting.isOvertaken(asNew) && rules.mayContend(role, refused)) {
                    waiting.end(nowMillis);
                }
            } else {
                if (!refused && request.epoch() > epoch()) {
                    follow(request.epoch());
                }
                granted = !refused
                        && request.epoch() == epoch()
                        && asNew
                        && repair.mayVote()
                        && rules.isFree(stable.hardState().vote(), from);
                if (granted) {
                    stable.write(stable.hardState().inEpoch(epoch(), from));
                    waiting.begin(nowMillis);
                    nobodyNeedsUs();
                }
            }
            outbox.send(from, new VoteResponse(granted ? request.epoch() : epoch(), request.trial(), granted));
        }

        @Override
        public void onVoteResponse(ReplicaId from, VoteResponse response) {
            if (election != null && election.concerns(response)) {
                election.onGranted(from);
                checkElection();
            } else if (election != null && election.isRefusal(response)) {
                election.onRefused(from);
                giveUpLostElection();
            } else if (!response.granted() && response.epoch() > epoch()) {
                follow(response.epoch());
            }
        }

        @Override
        public void onAppendRequest(ReplicaId from, AppendRequest request) {
            if (isLeader(from, request.epoch())) {
                following.onAppend(from, request);
            }
        }

        @Override
        public void onAppendResponse(ReplicaId from, AppendResponse response) {
            if (response.epoch() > epoch()) {
                follow(response.epoch());
            } else if (leadership != null && response.epoch() == epoch()) {
                leadership.onAppendResponse(from, response, nowMillis);
            }
        }

        @Override
        public void onHeartbeat(ReplicaId from, Heartbeat heartbeat) {
            if (isLeader(from, heartbeat.epoch())) {
                following.onHeartbeat(from, heartbeat);
            }
        }

        @Override
        public void onHeartbeatResponse(ReplicaId from, HeartbeatResponse response) {
            if (leadership != null && response.epoch() == epoch()) {
                leadership.onHeartbeatResponse(from, response, nowMillis);
            }
        }

        @Override
        public void onCheckpointRequest(ReplicaId from, CheckpointRequest request) {
            if (isLeader(from, request.epoch())) {
                following.onCheckpoint(request);
            }
        }

        @Override
        public void onCampaignRequest(ReplicaId from, CampaignRequest request) {
            if (request.epoch() == epoch() && from.equals(leader) && role == Role.FOLLOWER && mayCampaign()) {
                campaign(true);
            }
        }
    }
}
