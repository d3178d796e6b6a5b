package dev.godwit.storage.replica;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.FrameReader;
import dev.godwit.storage.format.FrameWriter;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.segment.StateRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What two copies of a shard say to each other while the state of one goes to the other (docs/journal-format.md). Each may be
 * lost, late, doubled or overtaken. Laid out as messages of replicas are, with kinds of their own.
 */
sealed interface StateMessage {
    byte PIECE = 9;
    byte ANSWER = 10;

    /** Given by the sender of the state. */
    long transfer();

    /**
     * The next records of a state.
     *
     * @param index of the entry after which the state is the shard's
     * @param epoch of that entry
     * @param number of the piece: 0, 1, 2 …
     * @param last none follows
     */
    record Piece(long transfer, long index, long epoch, long number, boolean last, List<StateRecord> records)
            implements StateMessage {
        public Piece {
            records = List.copyOf(records);
        }
    }

    /**
     * How far the state has come.
     *
     * @param wanted number of the piece that is to come next; {@link #UNKNOWN} where nothing of the state is there
     */
    record Answer(long transfer, long wanted) implements StateMessage {
        static final long UNKNOWN = -1;
    }

    /** Whether the bytes, from position to limit, say that they are one of these. */
    static boolean isOne(ByteBuffer bytes) {
        int kindAt = bytes.position() + 2 * Integer.BYTES + Byte.BYTES;
        return kindAt < bytes.limit() && (bytes.get(kindAt) == PIECE || bytes.get(kindAt) == ANSWER);
    }

    /** Its bytes, buffer by buffer: long bodies of records are pointed at. */
    static List<ByteBuffer> encode(int shard, ReplicaId from, ReplicaId to, StateMessage message) {
        var frame = new FrameWriter(message instanceof Piece ? PIECE : ANSWER)
                .putInt(shard)
                .putText(from.nodeId())
                .putId(from.journalId())
                .putText(to.nodeId())
                .putId(to.journalId())
                .putLong(message.transfer());
        if (message instanceof Piece piece) {
            frame.putLong(piece.index()).putLong(piece.epoch()).putLong(piece.number());
            frame.putBoolean(piece.last()).putInt(piece.records().size()).endHead();
            for (StateRecord each : piece.records()) {
                frame.putRecord(shard, each.index(), each.epoch(), each.record());
            }
        } else if (message instanceof Answer answer) {
            frame.putLong(answer.wanted()).endHead();
        }
        return frame.take();
    }

    /** As it came: from whom, and for whom. */
    record Received(ReplicaId from, ReplicaId to, StateMessage message) {}

    /**
     * Takes a message apart, which is verified. Bodies of records are slices of {@code bytes}.
     *
     * @throws DamagedFormatException it is none, or not one for this shard
     */
    static Received decode(int shard, ByteBuffer bytes) throws DamagedFormatException {
        var frame = new FrameReader(bytes);
        if (frame.getInt() != shard) {
            throw DamagedFormatException.damaged("a piece of the state of another shard came to shard " + shard);
        }
        var from = new ReplicaId(frame.getText(), frame.getId());
        var to = new ReplicaId(frame.getText(), frame.getId());
        long transfer = frame.getLong();
        return new Received(
                from,
                to,
                switch (frame.kind()) {
                    case PIECE -> piece(shard, frame, transfer);
                    case ANSWER -> answer(frame, transfer);
                    default -> throw DamagedFormatException.foreign("a message has the unknown kind " + frame.kind());
                });
    }

    private static Piece piece(int shard, FrameReader frame, long transfer) throws DamagedFormatException {
        long index = frame.getLong();
        long epoch = frame.getLong();
        long number = frame.getLong();
        boolean last = frame.getBoolean();
        int count = frame.getInt();
        frame.endHead();
        if (index <= 0 || epoch < 0 || number < 0) {
            throw DamagedFormatException.damaged("a piece of a state has a number that none has");
        }
        List<StateRecord> records = new ArrayList<>();
        while (frame.nextRecord(shard)) {
            records.add(new StateRecord(frame.recordIndex(), frame.recordEpoch(), frame.record()));
        }
        if (records.size() != count) {
            throw DamagedFormatException.damaged(
                    "a piece of a state claims " + count + " records and has " + records.size());
        }
        return new Piece(transfer, index, epoch, number, last, records);
    }

    private static Answer answer(FrameReader frame, long transfer) throws DamagedFormatException {
        var answer = new Answer(transfer, frame.getLong());
        frame.endHead();
        return answer;
    }
}
