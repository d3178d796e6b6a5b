package dev.godwit.storage.replica;

import static dev.godwit.storage.format.DamagedFormatException.damaged;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.FrameReader;
import dev.godwit.storage.format.FrameWriter;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicaMessage;
import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.CampaignRequest;
import dev.godwit.storage.replication.ReplicaMessage.CheckpointRequest;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import dev.godwit.storage.replication.ReplicaMessage.VoteRequest;
import dev.godwit.storage.replication.ReplicaMessage.VoteResponse;
import dev.godwit.storage.replication.Voters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What replicas say to each other, as bytes (docs/journal-format.md). Entries are records as they stand on disk, each with its
 * checksum: so it is verified where it is stored, whatever it went through. No state; any thread.
 */
public final class ReplicaMessageCodec {
    private static final byte VOTE_REQUEST = 1;
    private static final byte VOTE_RESPONSE = 2;
    private static final byte APPEND_REQUEST = 3;
    private static final byte APPEND_RESPONSE = 4;
    private static final byte HEARTBEAT = 5;
    private static final byte HEARTBEAT_RESPONSE = 6;
    private static final byte CHECKPOINT_REQUEST = 7;
    private static final byte CAMPAIGN_REQUEST = 8;

    private ReplicaMessageCodec() {}

    /**
     * Lays a message out.
     *
     * @return its bytes, piece by piece: long bodies of entries are pointed at, and may not change before they are sent
     */
    public static List<ByteBuffer> encode(int shard, ReplicaId from, ReplicaId to, ReplicaMessage message) {
        var encoder = new Encoder(shard, to);
        message.deliverTo(encoder, from);
        return encoder.pieces;
    }

    /**
     * Takes a message apart, which is verified.
     *
     * @param bytes from position to limit; bodies of entries are slices of them
     * @throws DamagedFormatException it is none, not one for this shard, or of another release
     */
    public static ReceivedMessage decode(int shard, ByteBuffer bytes) throws DamagedFormatException {
        var frame = new FrameReader(bytes);
        int shardOfMessage = frame.getInt();
        if (shardOfMessage != shard) {
            throw damaged("a message for shard " + shardOfMessage + " came to shard " + shard);
        }
        ReplicaId from = id(frame);
        ReplicaId to = id(frame);
        long epoch = frame.getLong();
        if (epoch < 0) {
            throw damaged("a message of epoch " + epoch);
        }
        ReplicaMessage message = body(frame, shard, epoch);
        frame.endHead();
        if (frame.nextRecord(shard)) {
            throw damaged("a message has more entries than it claims");
        }
        return new ReceivedMessage(from, to, message);
    }

    private static ReplicaMessage body(FrameReader frame, int shard, long epoch) throws DamagedFormatException {
        return switch (frame.kind()) {
            case VOTE_REQUEST ->
                new VoteRequest(epoch, index(frame), index(frame), frame.getBoolean(), frame.getBoolean());
            case VOTE_RESPONSE -> new VoteResponse(epoch, frame.getBoolean(), frame.getBoolean());
            case APPEND_REQUEST -> appendRequest(frame, shard, epoch);
            case APPEND_RESPONSE ->
                new AppendResponse(epoch, index(frame), frame.getBoolean(), index(frame), index(frame));
            case HEARTBEAT -> new Heartbeat(epoch, index(frame), index(frame), index(frame), index(frame));
            case HEARTBEAT_RESPONSE ->
                new HeartbeatResponse(
                        epoch, index(frame), index(frame), index(frame), index(frame), frame.getBoolean());
            case CHECKPOINT_REQUEST -> checkpointRequest(frame, epoch);
            case CAMPAIGN_REQUEST -> new CampaignRequest(epoch);
            default -> throw DamagedFormatException.foreign("a message has the unknown kind " + frame.kind());
        };
    }

    /** An index, an epoch, or the number of something: none is negative. */
    private static long index(FrameReader frame) throws DamagedFormatException {
        long index = frame.getLong();
        if (index < 0) {
            throw damaged("a message has a negative number: " + index);
        }
        return index;
    }

    private static AppendRequest appendRequest(FrameReader frame, int shard, long epoch) throws DamagedFormatException {
        long previousIndex = index(frame);
        long previousEpoch = index(frame);
        long commitIndex = index(frame);
        long followerStart = index(frame);
        int count = frame.getInt();
        List<LogEntry> entries = new ArrayList<>();
        long lastEpoch = previousEpoch;
        for (int i = 0; i < count; i++) {
            if (!frame.nextRecord(shard)) {
                throw damaged("a message claims " + count + " entries and has " + i);
            }
            if (frame.recordIndex() != previousIndex + 1 + i
                    || frame.recordEpoch() < lastEpoch
                    || frame.recordEpoch() > epoch) {
                throw damaged("entry " + frame.recordIndex() + " of epoch " + frame.recordEpoch() + " does not follow "
                        + (previousIndex + i) + " of epoch " + lastEpoch + " in epoch " + epoch);
            }
            lastEpoch = frame.recordEpoch();
            entries.add(new LogEntry(
                    frame.recordIndex(),
                    frame.recordEpoch(),
                    EntryCodec.payloadOf(frame.record(), frame.recordBytes())));
        }
        return new AppendRequest(epoch, previousIndex, previousEpoch, entries, commitIndex, followerStart);
    }

    private static CheckpointRequest checkpointRequest(FrameReader frame, long epoch) throws DamagedFormatException {
        long index = index(frame);
        long epochAtIndex = index(frame);
        long followerStart = index(frame);
        Voters voters = VotersCodec.decode(frame.getBytes());
        var checkpoint = new Checkpoint(index, epochAtIndex, voters, new CheckpointState(frame.bytes()));
        return new CheckpointRequest(epoch, checkpoint, followerStart);
    }

    private static ReplicaId id(FrameReader frame) throws DamagedFormatException {
        return new ReplicaId(frame.getText(), frame.getId());
    }

    /** Each kind of message. */
    private static final class Encoder implements ReplicaMessage.Receiver {
        private final int shard;
        private final ReplicaId to;
        private List<ByteBuffer> pieces = List.of();

        Encoder(int shard, ReplicaId to) {
            this.shard = shard;
            this.to = to;
        }

        private FrameWriter begin(byte kind, ReplicaId from, long epoch) {
            return new FrameWriter(kind)
                    .putInt(shard)
                    .putText(from.nodeId())
                    .putId(from.journalId())
                    .putText(to.nodeId())
                    .putId(to.journalId())
                    .putLong(epoch);
        }

        @Override
        public void onVoteRequest(ReplicaId from, VoteRequest request) {
            pieces = begin(VOTE_REQUEST, from, request.epoch())
                    .putLong(request.lastIndex())
                    .putLong(request.lastEpoch())
                    .putBoolean(request.trial())
                    .putBoolean(request.transferred())
                    .endHead()
                    .take();
        }

        @Override
        public void onVoteResponse(ReplicaId from, VoteResponse response) {
            pieces = begin(VOTE_RESPONSE, from, response.epoch())
                    .putBoolean(response.trial())
                    .putBoolean(response.granted())
                    .endHead()
                    .take();
        }

        @Override
        public void onAppendRequest(ReplicaId from, AppendRequest request) {
            FrameWriter frame = begin(APPEND_REQUEST, from, request.epoch())
                    .putLong(request.previousIndex())
                    .putLong(request.previousEpoch())
                    .putLong(request.commitIndex())
                    .putLong(request.followerStart())
                    .putInt(request.entries().size())
                    .endHead();
            for (LogEntry entry : request.entries()) {
                frame.putRecord(shard, entry.index(), entry.epoch(), EntryCodec.recordOf(entry.payload()));
            }
            pieces = frame.take();
        }

        @Override
        public void onAppendResponse(ReplicaId from, AppendResponse response) {
            pieces = begin(APPEND_RESPONSE, from, response.epoch())
                    .putLong(response.start())
                    .putBoolean(response.matched())
                    .putLong(response.index())
                    .putLong(response.hint())
                    .endHead()
                    .take();
        }

        @Override
        public void onHeartbeat(ReplicaId from, Heartbeat heartbeat) {
            pieces = begin(HEARTBEAT, from, heartbeat.epoch())
                    .putLong(heartbeat.round())
                    .putLong(heartbeat.commitIndex())
                    .putLong(heartbeat.followerStart())
                    .putLong(heartbeat.coverIndex())
                    .endHead()
                    .take();
        }

        @Override
        public void onHeartbeatResponse(ReplicaId from, HeartbeatResponse response) {
            pieces = begin(HEARTBEAT_RESPONSE, from, response.epoch())
                    .putLong(response.round())
                    .putLong(response.start())
                    .putLong(response.receivedIndex())
                    .putLong(response.durableIndex())
                    .putBoolean(response.repairing())
                    .endHead()
                    .take();
        }

        @Override
        public void onCheckpointRequest(ReplicaId from, CheckpointRequest request) {
            Checkpoint checkpoint = request.checkpoint();
            if (!(checkpoint.payload() instanceof CheckpointState state)) {
                throw new IllegalArgumentException("no checkpoint carries " + checkpoint.payload());
            }
            FrameWriter frame = begin(CHECKPOINT_REQUEST, from, request.epoch())
                    .putLong(checkpoint.index())
                    .putLong(checkpoint.epoch())
                    .putLong(request.followerStart())
                    .putBytesInHead(VotersCodec.encode(checkpoint.voters()))
                    .endHead();
            frame.putBytes(state.bytes());
            pieces = frame.take();
        }

        @Override
        public void onCampaignRequest(ReplicaId from, CampaignRequest request) {
            pieces = begin(CAMPAIGN_REQUEST, from, request.epoch()).endHead().take();
        }
    }
}
