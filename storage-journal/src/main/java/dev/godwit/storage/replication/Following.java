package dev.godwit.storage.replication;

import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a follower does with what its leader sends: it makes its log the leader's, and says how far it is on stable storage.
 * Owned by its {@link Replica}, which has checked the epoch.
 */
final class Following {
    private final StableLog stable;
    private final CommitPoint commit;
    private final Outbox outbox;
    private final RepairMode repair;
    private final Rules rules;
    private @Nullable ReplicaId leader;
    private long receivedIndex;
    private long leaderCommitIndex;
    private long coverIndex;
    private boolean answerDue;

    Following(StableLog stable, CommitPoint commit, Outbox outbox, RepairMode repair, Rules rules) {
        this.stable = stable;
        this.commit = commit;
        this.outbox = outbox;
        this.repair = repair;
        this.rules = rules;
    }

    /** Another leader, or none: what is committed is in its log, too; of the rest nothing is known. */
    void begin(@Nullable ReplicaId next) {
        leader = next;
        receivedIndex = commit.index();
        leaderCommitIndex = 0;
        coverIndex = 0;
        answerDue = false;
        repair.onOtherLeader();
    }

    void onAppend(ReplicaId from, AppendRequest request) {
        long previous = request.previousIndex();
        LogOutline outline = stable.outline();
        if (previous > outline.lastIndex()) {
            reject(from, previous, outline.lastIndex());
            return;
        }
        if (previous >= outline.checkpointIndex() && outline.epochAt(previous) != request.previousEpoch()) {
            reject(from, previous, Math.max(commit.index(), outline.firstOfEpochAt(previous) - 1));
            return;
        }
        take(request.entries());
        receivedIndex = Math.max(receivedIndex, previous + request.entries().size());
        onLeaderCommit(request.commitIndex(), request.followerStart());
        answerDue = true;
        if (request.entries().isEmpty() || acknowledged() == receivedIndex) {
            answer();
        }
    }

    /** Appends what is new, having dropped what the leader does not have. */
    private void take(List<LogEntry> entries) {
        LogOutline outline = stable.outline();
        int known = 0;
        while (known < entries.size() && isKnown(entries.get(known))) {
            known++;
        }
        if (known == entries.size()) {
            return;
        }
        long firstNew = entries.get(known).index();
        if (firstNew <= commit.index()) {
            throw new IllegalStateException(
                    "leader of epoch " + stable.hardState().epoch() + " contradicts the committed entry " + firstNew);
        }
        if (firstNew <= outline.lastIndex()) {
            stable.truncate(firstNew);
        }
        stable.append(entries.subList(known, entries.size()));
    }

    private boolean isKnown(LogEntry entry) {
        LogOutline outline = stable.outline();
        return entry.index() <= outline.checkpointIndex() || outline.hasEntry(entry.index(), entry.epoch());
    }

    private void reject(ReplicaId from, long previous, long hint) {
        outbox.send(from, new AppendResponse(epoch(), starts(), false, previous, hint));
    }

    void onHeartbeat(ReplicaId from, Heartbeat heartbeat) {
        onLeaderCommit(heartbeat.commitIndex(), heartbeat.followerStart());
        coverIndex = heartbeat.coverIndex();
        boolean repairing = stable.hardState().repairing();
        outbox.send(
                from,
                new HeartbeatResponse(epoch(), heartbeat.round(), starts(), receivedIndex, acknowledged(), repairing));
    }

    /** Up to here nobody needs the entries, the leader said last; 0 when it has said nothing yet. */
    long mayCoverTo() {
        return coverIndex;
    }

    void onCheckpoint(CheckpointRequest request) {
        Checkpoint checkpoint = request.checkpoint();
        if (checkpoint.index() > commit.index()) {
            stable.install(checkpoint);
            commit.advance(checkpoint.index());
        }
        receivedIndex = Math.max(receivedIndex, checkpoint.index());
        answerDue = true;
        if (acknowledged() >= checkpoint.index()) {
            answer();
        }
    }

    /** More of the log is on stable storage. */
    void onDurable() {
        onProgress();
        if (answerDue) {
            answer();
        }
    }

    private void onLeaderCommit(long index, long knownStart) {
        leaderCommitIndex = Math.max(leaderCommitIndex, index);
        if (knownStart == starts()) {
            repair.onCommitHeard(index);
        }
        onProgress();
    }

    private void onProgress() {
        long matched = Math.min(receivedIndex, stable.durableIndex());
        commit.advance(Math.min(leaderCommitIndex, matched));
        if (leader != null) {
            repair.onMatched(matched);
        }
    }

    private void answer() {
        if (leader != null) {
            answerDue = acknowledged() < receivedIndex;
            outbox.send(leader, new AppendResponse(epoch(), starts(), true, acknowledged(), 0));
        }
    }

    private long acknowledged() {
        return rules.acknowledged(receivedIndex, stable.durableIndex());
    }

    private long epoch() {
        return stable.hardState().epoch();
    }

    private long starts() {
        return stable.hardState().starts();
    }
}
