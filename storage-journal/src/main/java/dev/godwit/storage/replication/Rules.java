package dev.godwit.storage.replication;

import org.jspecify.annotations.Nullable;

/**
 * The rules on which safety hangs, each by itself, so that a test can break one and see that the simulation finds out.
 * There is one set of rules, {@link #RAFT}; nothing else than tests extends this class.
 */
class Rules {
    static final Rules RAFT = new Rules();

    /** Fencing: who speaks in an older epoch is told so and has no effect (Raft §5.1). */
    boolean isDeposed(long messageEpoch, long epoch) {
        return messageEpoch < epoch;
    }

    /** A message for another journal of this node is for somebody who is no more. */
    boolean isFor(ReplicaId addressee, ReplicaId self) {
        return addressee.equals(self);
    }

    /** The write that has to be on stable storage before votes, and all else that carries the epoch, may leave. */
    long sentAfter(long hardStateSequence) {
        return hardStateSequence;
    }

    /** Whether a vote is promised to nobody else in its epoch. */
    boolean isFree(@Nullable ReplicaId vote, ReplicaId candidate) {
        return vote == null || vote.equals(candidate);
    }

    /** Election restriction: vote only for a log that is at least as new (Raft §5.4.1). */
    boolean isAsNew(long lastEpoch, long lastIndex, LogOutline own) {
        return lastEpoch > own.lastEpoch() || (lastEpoch == own.lastEpoch() && lastIndex >= own.lastIndex());
    }

    /** Who has lost entries that it acknowledged may not elect a leader without them. */
    boolean mayVote(boolean repairing) {
        return !repairing;
    }

    /** The leader that is being heard has a lease: nobody else is helped into its place, unless by itself. */
    boolean refuses(long nowMillis, long refusedUntilMillis, boolean transferred) {
        return nowMillis < refusedUntilMillis && !transferred;
    }

    /**
     * Nobody raises the epoch, which deposes the leader, without a majority that would vote for it (Raft thesis §9.6).
     *
     * @param told to contend, before it had waited for long
     */
    boolean triesFirst(boolean told) {
        return true;
    }

    /** A vote is for one epoch, and what somebody would do is none. */
    boolean isVoteIn(ReplicaMessage.VoteResponse vote, long epoch, boolean trial) {
        return vote.epoch() == epoch && vote.trial() == trial;
    }

    /** Who does not vote leads nobody. */
    boolean mayBeElected(boolean voter) {
        return voter;
    }

    /** Who stands aside wants nobody's vote, unless nobody else can have one. */
    boolean mayTry(boolean aside, boolean needed) {
        return !aside || needed;
    }

    /** Nobody leads, and who tries lacks what is here. */
    boolean isNeeded(boolean refused, boolean otherIsAsNew) {
        return !refused && !otherIsAsNew;
    }

    /** Nobody leads, and nobody seems to try: who stands aside may be the only one that can. */
    boolean isLonely(int waitsInVain) {
        return waitsInVain >= 3;
    }

    /** Who stands aside wants no vote any more. */
    boolean givesUpAside() {
        return true;
    }

    /**
     * Who tries before its time is a voter like any other: while it refuses its vote to others, since a leader has a lease by it, it helps
     * itself as little. A leader has nothing to try, and who campaigns would begin anew each time.
     */
    boolean mayContend(Role role, boolean refuses) {
        return !refuses && (role == Role.FOLLOWER || role == Role.TRYING);
    }

    /** How long who is patient waits for a leader, in milliseconds. */
    long waits(long millis, int patience) {
        return millis * patience;
    }

    /** Who is patient waits for somebody else to lead; that one needs its vote, and does not get it while it has less. */
    boolean triesToo(int patience, boolean otherIsAsNew) {
        return patience > 1 && !otherIsAsNew;
    }

    /** What a follower may acknowledge of what it has received: what is on stable storage. */
    long acknowledged(long receivedIndex, long durableIndex) {
        return Math.min(receivedIndex, durableIndex);
    }

    /** How many voters are a majority. */
    int majority(int voters) {
        return voters / 2 + 1;
    }

    /** On how many voters' stable storage an entry has to be. */
    int copiesNeeded(int voters) {
        return majority(voters);
    }

    /** Learners are not asked. */
    boolean counts(ReplicaId id, Voters voters) {
        return voters.isVoter(id);
    }

    /** A majority that has an entry proves it committed only in the epoch of the entry (Raft §5.4.2, figure 8). */
    boolean mayCommit(long entryEpoch, long epoch) {
        return entryEpoch == epoch;
    }

    /** A leader that has committed nothing of its own epoch does not know what is committed. */
    boolean serves(long commitIndex, long firstOwnIndex) {
        return commitIndex >= firstOwnIndex;
    }

    /** Answers of before a restart are worth nothing: what they acknowledged may be damaged since. */
    boolean isOfOldStart(long answerStart, long knownStart) {
        return answerStart < knownStart;
    }

    /** What a leader says is committed is all that was before it, once that reaches into its own epoch. */
    boolean isRepaired(long commitEpoch, long epoch) {
        return commitEpoch == epoch;
    }

    /** The lease counts from when the heartbeat left: the voters' refusal begins later. */
    long leaseBegins(long sentMillis, long answeredMillis) {
        return sentMillis;
    }

    /** A lease that somebody else was helped to replace never comes back. */
    boolean leaseEndsWithTransfer() {
        return true;
    }

    /** Majorities of two sets of voters meet if one voter came or went, and the last change is decided (Raft thesis §4.1). */
    boolean mayChange(int votersChanged, boolean lastChangeCommitted, boolean committedInEpoch) {
        return votersChanged <= 1 && lastChangeCommitted && committedInEpoch;
    }

    /** A leader that no majority hears would hold everybody up (Raft thesis §6.2). */
    boolean givesUp(long silentMillis, long silentMillisMax) {
        return silentMillis > silentMillisMax;
    }
}
