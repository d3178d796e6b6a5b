package dev.godwit.storage.replica;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.UUID;

/** The replicas of a shard as bytes (docs/journal-format.md): u32 number of voters, each of them, the same of learners. */
final class VotersCodec {
    private static final int ID_BYTES = Integer.BYTES + 2 * Long.BYTES;

    private VotersCodec() {}

    static ByteBuffer encode(Voters voters) {
        int bytes = 2 * Integer.BYTES + bytesOf(voters.voters()) + bytesOf(voters.learners());
        ByteBuffer to = ByteBuffer.allocate(bytes);
        put(to, voters.voters());
        put(to, voters.learners());
        return to.flip();
    }

    private static int bytesOf(NavigableSet<ReplicaId> ids) {
        return ids.stream()
                .mapToInt(id -> ID_BYTES + id.nodeId().getBytes(UTF_8).length)
                .sum();
    }

    private static void put(ByteBuffer to, NavigableSet<ReplicaId> ids) {
        to.putInt(ids.size());
        for (ReplicaId id : ids) {
            byte[] nodeId = id.nodeId().getBytes(UTF_8);
            to.putInt(nodeId.length).put(nodeId);
            to.putLong(id.journalId().getMostSignificantBits())
                    .putLong(id.journalId().getLeastSignificantBits());
        }
    }

    /** Reads all of {@code bytes}, from position to limit; the position stays. */
    static Voters decode(ByteBuffer bytes) throws DamagedFormatException {
        ByteBuffer from = bytes.duplicate();
        try {
            var voters = new Voters(ids(from), ids(from));
            if (from.hasRemaining()) {
                throw DamagedFormatException.damaged("voters have " + from.remaining() + " bytes too many");
            }
            return voters;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw DamagedFormatException.damaged("voters make no sense: " + e.getMessage());
        }
    }

    private static NavigableSet<ReplicaId> ids(ByteBuffer from) throws DamagedFormatException {
        NavigableSet<ReplicaId> ids = new TreeSet<>();
        int count = from.getInt();
        if (count < 0 || count > from.remaining() / ID_BYTES) {
            throw DamagedFormatException.damaged("there are " + count + " voters");
        }
        for (int left = count; left > 0; left--) {
            int length = from.getInt();
            if (length < 0 || length > from.remaining()) {
                throw DamagedFormatException.damaged("a voter claims a name of " + length + " bytes");
            }
            var nodeId = new byte[length];
            from.get(nodeId);
            ids.add(new ReplicaId(new String(nodeId, UTF_8), new UUID(from.getLong(), from.getLong())));
        }
        return ids;
    }
}
