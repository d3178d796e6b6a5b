package dev.godwit.storage.replication;

import java.util.List;

/**
 * What replicas of a shard say to each other. Each message may be lost, late, doubled or overtaken. Each carries the epoch
 * of its sender, by which those who were deposed are known.
 */
public sealed interface ReplicaMessage {
    long epoch();

    /** Double dispatch: whoever forgets a kind of message does not compile. */
    void deliverTo(Receiver receiver, ReplicaId from);

    /** Takes each kind of message. */
    interface Receiver {
        void onVoteRequest(ReplicaId from, VoteRequest request);

        void onVoteResponse(ReplicaId from, VoteResponse response);

        void onAppendRequest(ReplicaId from, AppendRequest request);

        void onAppendResponse(ReplicaId from, AppendResponse response);

        void onHeartbeat(ReplicaId from, Heartbeat heartbeat);

        void onHeartbeatResponse(ReplicaId from, HeartbeatResponse response);

        void onCheckpointRequest(ReplicaId from, CheckpointRequest request);

        void onCampaignRequest(ReplicaId from, CampaignRequest request);
    }

    /**
     * Vote for me. A trial changes nothing: it asks who would (Raft thesis §9.6).
     *
     * @param epoch in which the sender would lead; for a trial the one after its own
     * @param lastIndex of the sender's log
     * @param lastEpoch of its last entry
     * @param transferred the leader asked for it, so nobody need wait for the leader's silence
     */
    record VoteRequest(long epoch, long lastIndex, long lastEpoch, boolean trial, boolean transferred)
            implements ReplicaMessage {
        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onVoteRequest(from, this);
        }
    }

    /**
     * A vote, or none.
     *
     * @param epoch for which the vote was given; of the voter, if it was not
     */
    record VoteResponse(long epoch, boolean trial, boolean granted) implements ReplicaMessage {
        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onVoteResponse(from, this);
        }
    }

    /**
     * Entries of the leader's log.
     *
     * @param previousIndex of the entry before the first of them
     * @param previousEpoch of that entry: who has it has the same log up to it
     * @param commitIndex how far the leader knows the log to be committed
     * @param followerStart the last start of the receiver that the sender heard of; 0 for none yet
     */
    record AppendRequest(
            long epoch,
            long previousIndex,
            long previousEpoch,
            List<LogEntry> entries,
            long commitIndex,
            long followerStart)
            implements ReplicaMessage {
        public AppendRequest {
            entries = List.copyOf(entries);
        }

        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onAppendRequest(from, this);
        }
    }

    /**
     * What became of entries.
     *
     * @param start of the sender: how often it was started
     * @param matched the sender's log is the leader's, on stable storage, up to {@code index}; else it does not
     *     have the entry before those that it was sent, and {@code index} is that entry's
     * @param hint where not matched: the log may be the leader's up to here
     */
    record AppendResponse(long epoch, long start, boolean matched, long index, long hint) implements ReplicaMessage {
        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onAppendResponse(from, this);
        }
    }

    /**
     * The leader lives.
     *
     * @param round number of the heartbeat in its epoch: the lease hangs on when it was sent
     * @param commitIndex as in {@link AppendRequest}
     * @param followerStart as there
     * @param coverIndex up to here nobody needs the entries: who has them not is given a checkpoint
     */
    record Heartbeat(long epoch, long round, long commitIndex, long followerStart, long coverIndex)
            implements ReplicaMessage {
        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onHeartbeat(from, this);
        }
    }

    /**
     * Heard. Nothing in it waits for a disk that is slow, but for the epoch.
     *
     * @param round of the heartbeat
     * @param start as in {@link AppendResponse}
     * @param receivedIndex up to here the sender's log is the leader's
     * @param durableIndex up to here it is so on stable storage
     * @param repairing the sender votes for nobody, until it has what it lost
     */
    record HeartbeatResponse(
            long epoch, long round, long start, long receivedIndex, long durableIndex, boolean repairing)
            implements ReplicaMessage {
        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onHeartbeatResponse(from, this);
        }
    }

    /**
     * A checkpoint in place of entries that the leader does not keep whole. Answered as entries are, by the
     * index of the checkpoint.
     */
    record CheckpointRequest(long epoch, Checkpoint checkpoint, long followerStart) implements ReplicaMessage {
        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onCheckpointRequest(from, this);
        }
    }

    /** The leader has ended its lease; the receiver is to be leader next. */
    record CampaignRequest(long epoch) implements ReplicaMessage {
        @Override
        public void deliverTo(Receiver receiver, ReplicaId from) {
            receiver.onCampaignRequest(from, this);
        }
    }
}
