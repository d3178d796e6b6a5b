package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.EpochBegun;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.Payload;
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
import dev.godwit.storage.replication.VotersChanged;
import dev.godwit.storage.segment.Records;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ReplicaMessageCodecTest {
    private static final int SHARD = 5;
    private static final ReplicaId A = new ReplicaId("node-ä", new UUID(1, 2));
    private static final ReplicaId B = new ReplicaId("b", new UUID(3, -4));

    /** One of each kind, and entries of several kinds. */
    private static List<ReplicaMessage> all() {
        return List.of(
                new VoteRequest(7, 6, 5, true, false),
                new VoteResponse(7, false, true),
                append(),
                new AppendRequest(9, 0, 0, List.of(), 0, 1),
                new AppendResponse(7, 3, true, 11, 0),
                new Heartbeat(7, 6, 5, 4, 3),
                new HeartbeatResponse(7, 6, 5, 4, 3, true),
                new CheckpointRequest(
                        7,
                        new Checkpoint(
                                10,
                                6,
                                Voters.of(A).withLearner(B),
                                new CheckpointState(Records.message(3_000, 1).body())),
                        4),
                new CampaignRequest(7));
    }

    private static AppendRequest append() {
        List<Payload> payloads = List.of(
                new EpochBegun(),
                fact(Records.message("short")),
                fact(Records.message(5_000, 3)),
                fact(Records.removed(3, 4, 9)),
                fact(Records.stored("orders", "{}")),
                new VotersChanged(Voters.of(A, B).withLearner(new ReplicaId("c", new UUID(9, 9)))),
                fact(Records.message(100_000, 4)),
                fact(new JournalRecord.TransactionCommitted(
                        new UUID(1, 3), List.of(2), LongRanges.of(6), LongRanges.NONE)));
        List<LogEntry> entries = new ArrayList<>();
        for (Payload payload : payloads) {
            entries.add(new LogEntry(41 + entries.size(), entries.size() < 3 ? 6 : 7, payload));
        }
        return new AppendRequest(7, 40, 6, entries, 39, 2);
    }

    private static Payload fact(JournalRecord record) {
        return new RecordPayload(record, Math.toIntExact(new RecordSize().of(record)));
    }

    private static ByteBuffer bytes(ReplicaMessage message) {
        List<ByteBuffer> pieces = ReplicaMessageCodec.encode(SHARD, A, B, message);
        ByteBuffer joined = ByteBuffer.allocate(
                pieces.stream().mapToInt(ByteBuffer::remaining).sum());
        pieces.forEach(piece -> joined.put(piece.duplicate()));
        return joined.flip();
    }

    private static byte[] array(ByteBuffer bytes) {
        var array = new byte[bytes.remaining()];
        bytes.get(array);
        return array;
    }

    @Test
    void givesBackEachKindOfMessage() throws Exception {
        for (ReplicaMessage message : all()) {
            assertThat(ReplicaMessageCodec.decode(SHARD, bytes(message))).isEqualTo(new ReceivedMessage(A, B, message));
        }
    }

    @Test
    void pointsAtLongBodiesAndCopiesShortOnes() {
        var body = Records.message(5_000, 3).body();
        var record = new JournalRecord.MessageEnqueued(7, 1_003, body);
        List<LogEntry> entries = List.of(
                new LogEntry(1, 1, fact(Records.message("short"))),
                new LogEntry(2, 1, fact(record)),
                new LogEntry(3, 1, fact(Records.message("short"))));
        List<ByteBuffer> pieces = ReplicaMessageCodec.encode(SHARD, A, B, new AppendRequest(1, 0, 0, entries, 0, 0));
        assertThat(pieces).hasSize(3);
        body.put(4_000, (byte) 99);
        assertThat(pieces.get(1).get(4_000)).isEqualTo((byte) 99);
    }

    @Test
    void tellsAnyFlippedBit() {
        for (ReplicaMessage message : all()) {
            ByteBuffer bytes = bytes(message);
            int step = Math.max(1, bytes.limit() / 3_000);
            for (int at = 0; at < bytes.limit(); at += step) {
                bytes.put(at, (byte) (bytes.get(at) ^ (1 << (at % 8))));
                assertThatThrownBy(() -> ReplicaMessageCodec.decode(SHARD, bytes))
                        .as("%s with byte %s flipped", message, at)
                        .isInstanceOf(DamagedFormatException.class);
                bytes.put(at, (byte) (bytes.get(at) ^ (1 << (at % 8))));
            }
        }
    }

    @Test
    void tellsAnyMessageThatIsCutShortOrTooLong() {
        for (ReplicaMessage message : all()) {
            ByteBuffer bytes = bytes(message);
            int step = Math.max(1, bytes.limit() / 3_000);
            for (int limit = 0; limit < bytes.limit(); limit += step) {
                ByteBuffer cut = bytes.slice(0, limit);
                assertThatThrownBy(() -> ReplicaMessageCodec.decode(SHARD, cut))
                        .isInstanceOf(DamagedFormatException.class);
            }
            ByteBuffer longer =
                    ByteBuffer.allocate(bytes.limit() + 40).put(bytes).rewind();
            assertThatThrownBy(() -> ReplicaMessageCodec.decode(SHARD, longer))
                    .isInstanceOf(DamagedFormatException.class);
        }
    }

    @Test
    void takesNothingForAnotherShardAndNoEntriesOutOfOrder() {
        assertThatThrownBy(() -> ReplicaMessageCodec.decode(SHARD + 1, bytes(new CampaignRequest(1))))
                .isInstanceOf(DamagedFormatException.class)
                .hasMessageContaining("shard");
        Payload payload = fact(Records.message("x"));
        for (List<LogEntry> wrong : List.of(
                List.of(new LogEntry(12, 3, payload)),
                List.of(new LogEntry(11, 2, payload)),
                List.of(new LogEntry(11, 5, payload)),
                List.of(new LogEntry(11, 4, payload), new LogEntry(12, 3, payload)),
                List.of(new LogEntry(11, 4, payload), new LogEntry(11, 4, payload)))) {
            assertThatThrownBy(() -> ReplicaMessageCodec.decode(SHARD, bytes(new AppendRequest(4, 10, 3, wrong, 0, 0))))
                    .isInstanceOf(DamagedFormatException.class)
                    .hasMessageContaining("does not follow");
        }
    }

    /** Checksums that are right, around bytes that make no sense: the worst that a peer can send. */
    @Test
    void throwsNothingElseWhateverComes() {
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        var random = new Random(seed);
        int refused = 0;
        List<byte[]> messages =
                all().stream().map(message -> array(bytes(message))).toList();
        for (int i = 0; i < 50_000; i++) {
            ByteBuffer bytes = ByteBuffer.wrap(messages.get(i % messages.size()).clone());
            for (int flips = random.nextInt(6); flips >= 0; flips--) {
                bytes.put(random.nextInt(Math.min(bytes.limit(), 400)), (byte) random.nextInt());
            }
            seal(bytes);
            try {
                ReplicaMessageCodec.decode(SHARD, bytes);
            } catch (DamagedFormatException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", message " + i, e);
            }
        }
        assertThat(refused).isPositive();
    }

    /** Writes the checksums of head and records again, as far as lengths allow. */
    private static void seal(ByteBuffer bytes) {
        int headBytes = bytes.getInt(4);
        if (headBytes < 10 || headBytes > bytes.limit()) {
            headBytes = Math.min(bytes.limit(), 120);
            bytes.putInt(4, headBytes);
        }
        bytes.putInt(0, crc(bytes, 4, headBytes));
        int at = headBytes;
        while (bytes.limit() - at >= 32) {
            int length = bytes.getInt(at + 8);
            if (length < 32 || length > bytes.limit() - at) {
                return;
            }
            bytes.putInt(at, crc(bytes, at + 4, at + length));
            at += length;
        }
    }

    private static int crc(ByteBuffer bytes, int from, int to) {
        var crc = new CRC32C();
        crc.update(bytes.slice(from, to - from));
        return (int) crc.getValue();
    }

    /** Nodes of different releases speak with each other: what one once sent, every later one understands, byte by byte. */
    @Test
    void speaksVersion1() throws Exception {
        Path golden = Path.of(
                Objects.requireNonNull(ReplicaMessageCodecTest.class.getResource("/golden/replica-messages-1.txt"))
                        .toURI());
        assertThat(Files.readAllLines(golden)).isEqualTo(hexOfAll());
    }

    private static List<String> hexOfAll() {
        List<ReplicaMessage> messages = new ArrayList<>(all());
        messages.set(
                2,
                new AppendRequest(
                        7,
                        40,
                        6,
                        List.of(
                                new LogEntry(41, 6, new EpochBegun()),
                                new LogEntry(42, 6, fact(Records.message("short"))),
                                new LogEntry(43, 7, fact(Records.message(1_100, 3))),
                                new LogEntry(44, 7, new VotersChanged(Voters.of(A, B)))),
                        39,
                        2));
        return messages.stream()
                .map(message -> HexFormat.of().formatHex(array(bytes(message))))
                .toList();
    }

    /** Wrote the golden file, once. Argument: the file. */
    public static void main(String[] args) throws Exception {
        Files.write(Path.of(args[0]), hexOfAll());
    }
}
