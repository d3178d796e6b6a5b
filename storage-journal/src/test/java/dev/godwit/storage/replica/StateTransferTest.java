package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.Checkpoint;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.segment.EntryIntake;
import dev.godwit.storage.segment.LogSettings;
import dev.godwit.storage.segment.NioFileLayer;
import dev.godwit.storage.segment.RecordedReplay;
import dev.godwit.storage.segment.Records;
import dev.godwit.storage.segment.SegmentedLog;
import dev.godwit.storage.segment.ShardTail;
import dev.godwit.storage.segment.StateCapture;
import dev.godwit.storage.segment.StatePiece;
import dev.godwit.storage.segment.StateRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state of a shard goes from one journal to another over lines that a test holds in its hands. */
class StateTransferTest {
    private static final int SHARD = 1;
    private static final int MESSAGES = 3_000;
    private static final LogSettings SETTINGS = new LogSettings(4 << 20, 1, 2, 3, 0, 0, 0, 0);
    private static final ReplicaId SENDER = new ReplicaId("a", new UUID(1, 1));
    private static final ReplicaId RECEIVER = new ReplicaId("b", new UUID(2, 2));

    @TempDir
    Path directory;

    private final Random random = new Random(7);
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<ByteBuffer> toReceiver = new ArrayList<>();
    private final List<ByteBuffer> toSender = new ArrayList<>();
    private final List<Checkpoint> checkpoints = new ArrayList<>();
    private Node source;
    private Node target;
    private long now;
    private boolean hasRoom = true;

    /** A journal with a shard whose commit is a majority's. */
    private final class Node {
        final SegmentedLog log;
        final RecordedReplay replay = new RecordedReplay();
        final ShardTail tail;
        final EntryIntake intake;
        volatile long synced;

        Node(Path path) throws IOException {
            log = SegmentedLog.open(NioFileLayer.in(Files.createDirectory(path)), SETTINGS, false);
            log.recover(shard -> replay);
            tail = log.tail(SHARD);
            log.listen(tail, ticket -> synced = ticket);
            intake = log.entryIntake(tail);
            log.start(failure -> {
                throw new AssertionError(failure);
            });
        }

        void append(long index, JournalRecord record) {
            long bytes = new RecordSize().of(record);
            log.reserve(bytes, Long.MAX_VALUE);
            intake.append(index, 2, record, bytes, index);
            log.wake();
        }

        void sync(long ticket) {
            log.wake();
            await().until(() -> synced >= ticket);
        }

        Map<Long, JournalRecord> read(long[] indices) {
            var found = new ArrayList<Map<Long, JournalRecord>>();
            log.read(SHARD, indices, read -> {
                var records = new TreeMap<Long, JournalRecord>();
                for (int i = 0; i < read.count(); i++) {
                    JournalRecord record = read.record(i);
                    if (record != null) {
                        records.put(read.index(i), record);
                    }
                }
                tasks.add(() -> found.add(records));
            });
            await().until(() -> {
                turn();
                return !found.isEmpty();
            });
            return found.get(0);
        }
    }

    @BeforeEach
    void begin() throws IOException {
        source = new Node(directory.resolve("a"));
        target = new Node(directory.resolve("b"));
        source.append(1, new JournalRecord.EpochBegun());
        for (int i = 2; i <= MESSAGES; i++) {
            source.append(i, Records.message(i % 700 == 0 ? 600_000 : 900, i));
        }
        source.append(
                MESSAGES + 1, Records.removed(LongStream.rangeClosed(2, 1_000).toArray()));
        source.sync(MESSAGES + 1);
        source.intake.commit(MESSAGES + 1);
        source.append(MESSAGES + 2, Records.message("not committed"));
        source.sync(MESSAGES + 2);
    }

    @AfterEach
    void close() {
        source.log.close();
        target.log.close();
    }

    private final class Sending implements StateSender.Port {
        @Override
        public void capture(long millisMax, Consumer<StateCapture> whenTaken) {
            source.log.capture(SHARD, millisMax, taken -> tasks.add(() -> whenTaken.accept(taken)));
        }

        @Override
        public void read(StateCapture capture, int bytesMax, Consumer<StatePiece> whenRead) {
            source.log.readState(capture, bytesMax, piece -> tasks.add(() -> whenRead.accept(piece)));
        }

        @Override
        public void end(StateCapture capture) {
            source.log.endCapture(capture);
        }

        @Override
        public void send(ReplicaId to, StateMessage.Piece piece) {
            toReceiver.add(joined(StateMessage.encode(SHARD, SENDER, to, piece)));
        }

        @Override
        public void sendCheckpoint(ReplicaId to, StateCapture capture, StateHandle handle) {
            checkpoints.add(new Checkpoint(capture.index(), capture.epoch(), Voters.NONE, handle.toState()));
        }
    }

    private class Receiving implements StateReceiver.Port {
        @Override
        public void begin(long index, long epoch) {
            target.log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
            target.intake.beginState(index, epoch);
        }

        @Override
        public boolean stage(StateRecord record) {
            long bytes = new RecordSize().of(record.record());
            if (!hasRoom) {
                return false;
            }
            target.log.reserve(bytes, Long.MAX_VALUE);
            target.intake.stage(record.index(), record.epoch(), record.record(), bytes);
            target.log.wake();
            return true;
        }

        @Override
        public void abandon() {
            target.intake.abandonState();
        }

        @Override
        public void answer(ReplicaId to, StateMessage.Answer answer) {
            toSender.add(joined(StateMessage.encode(SHARD, RECEIVER, to, answer)));
        }
    }

    private static ByteBuffer joined(List<ByteBuffer> pieces) {
        int bytes = pieces.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer joined = ByteBuffer.allocate(bytes);
        pieces.forEach(piece -> joined.put(piece.duplicate()));
        return joined.flip();
    }

    private void turn() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private StateMessage messageOf(ByteBuffer bytes) {
        assertThat(StateMessage.isOne(bytes)).isTrue();
        try {
            return StateMessage.decode(SHARD, bytes).message();
        } catch (DamagedFormatException e) {
            throw new AssertionError(e);
        }
    }

    /** Whatever is on its way arrives, is lost, comes twice, or before what was sent earlier. */
    private void deliver(StateSender sender, StateReceiver receiver, int lostOneIn) {
        turn();
        while (!toReceiver.isEmpty() || !toSender.isEmpty()) {
            List<ByteBuffer> line =
                    toSender.isEmpty() || (!toReceiver.isEmpty() && random.nextBoolean()) ? toReceiver : toSender;
            ByteBuffer bytes = line.remove(lostOneIn == 0 ? 0 : random.nextInt(line.size()));
            if (lostOneIn > 0 && random.nextInt(lostOneIn) == 0) {
                continue;
            }
            for (int times = lostOneIn > 0 && random.nextInt(5) == 0 ? 2 : 1; times > 0; times--) {
                StateMessage message = messageOf(bytes.duplicate());
                if (message instanceof StateMessage.Piece piece) {
                    receiver.onPiece(SENDER, piece);
                } else if (message instanceof StateMessage.Answer answer) {
                    sender.onAnswer(now, answer);
                }
            }
            turn();
        }
    }

    private void transfer(StateSender sender, StateReceiver receiver, int lostOneIn) {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).until(() -> {
            deliver(sender, receiver, lostOneIn);
            now += 400;
            sender.onTime(now);
            return sender.progress() == StateSender.Progress.SENT && !checkpoints.isEmpty();
        });
    }

    private void install(StateReceiver receiver, Checkpoint checkpoint) {
        assertThat(receiver.isComplete(SENDER, checkpoint)).isTrue();
        target.log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
        target.intake.installState(checkpoint.index(), checkpoint.epoch(), 1);
        target.sync(1);
        receiver.end(true);
    }

    private void assertSame() {
        long[] indices = LongStream.rangeClosed(1, MESSAGES + 2).toArray();
        Map<Long, JournalRecord> there = target.read(indices);
        Map<Long, JournalRecord> here = source.read(indices);
        here.remove(MESSAGES + 2L);
        assertThat(there.keySet()).isEqualTo(here.keySet()).hasSize(MESSAGES - 1_000);
        assertThat(there).isEqualTo(here);
    }

    @Test
    void bringsTheStateOverALineThatLosesDoublesAndOvertakes() {
        var sender = new StateSender(RECEIVER, 1, 0, new Sending());
        var receiver = new StateReceiver(new Receiving());
        sender.begin(now);
        transfer(sender, receiver, 4);
        install(receiver, checkpoints.get(0));
        assertSame();
        sender.stop();
        assertThat(sender.progress()).isEqualTo(StateSender.Progress.ENDED);
    }

    @Test
    void waitsWhereThereIsNoRoomAndGoesOnWithinThePiece() {
        var sender = new StateSender(RECEIVER, 1, 0, new Sending());
        var receiver = new StateReceiver(new Receiving());
        sender.begin(now);
        hasRoom = false;
        await().until(() -> {
            deliver(sender, receiver, 0);
            return sender.progress() == StateSender.Progress.SENDING;
        });
        deliver(sender, receiver, 0);
        assertThat(checkpoints).isEmpty();
        hasRoom = true;
        transfer(sender, receiver, 0);
        install(receiver, checkpoints.get(0));
        assertSame();
    }

    /** The receiver was stopped: it knows nothing, and says so; the sender ends, and another transfer begins. */
    @Test
    void beginsAgainWhereWhatHadComeIsGone() {
        var first = new StateSender(RECEIVER, 1, 0, new Sending());
        var receiver = new StateReceiver(new Receiving());
        first.begin(now);
        transfer(first, receiver, 0);
        var restarted = new StateReceiver(new Receiving());
        assertThat(restarted.isComplete(SENDER, checkpoints.get(0))).isFalse();
        deliver(first, restarted, 0);
        assertThat(first.progress()).isEqualTo(StateSender.Progress.ENDED);
        checkpoints.clear();
        var second = new StateSender(RECEIVER, 2, 0, new Sending());
        second.begin(now);
        transfer(second, restarted, 0);
        install(restarted, checkpoints.get(0));
        assertSame();
    }

    /** What is left on the line of a state that was installed, or of one before, begins no other one. */
    @Test
    void takesNothingOfWhatComesLate() {
        var begun = new ArrayList<Long>();
        var receiving = new Receiving() {
            @Override
            public void begin(long index, long epoch) {
                begun.add(index);
                super.begin(index, epoch);
            }
        };
        var sender = new StateSender(RECEIVER, 5, 0, new Sending());
        var receiver = new StateReceiver(receiving);
        var first = new StateMessage.Piece(5, MESSAGES + 1, 2, 0, false, List.of());
        sender.begin(now);
        transfer(sender, receiver, 0);
        install(receiver, checkpoints.get(0));
        receiver.onPiece(SENDER, first);
        receiver.onPiece(SENDER, new StateMessage.Piece(4, MESSAGES + 1, 2, 0, false, List.of()));
        assertThat(begun).hasSize(1);
        receiver.onPiece(SENDER, new StateMessage.Piece(6, MESSAGES + 9, 2, 0, false, List.of()));
        assertThat(begun).containsExactly(MESSAGES + 1L, MESSAGES + 9L);
        receiver.forget();
        receiver.onPiece(SENDER, first);
        assertThat(begun).hasSize(3);
    }

    /** Whoever is to take it says nothing more: it is given up. */
    @Test
    void endsWhenNothingIsAnswered() {
        var sender = new StateSender(RECEIVER, 1, 0, new Sending());
        sender.begin(now);
        await().until(() -> {
            turn();
            return toReceiver.size() == 4;
        });
        now += 59_000;
        sender.onTime(now);
        assertThat(sender.progress()).isEqualTo(StateSender.Progress.SENDING);
        assertThat(toReceiver).hasSize(8);
        now += 1_000;
        sender.onTime(now);
        assertThat(sender.progress()).isEqualTo(StateSender.Progress.ENDED);
        assertThat(sender.problem()).contains("60000 ms");
        assertThat(toReceiver).hasSize(8);
    }

    @Test
    void takesNoCheckpointForTheStateOfAnother() {
        var sender = new StateSender(RECEIVER, 5, 0, new Sending());
        var receiver = new StateReceiver(new Receiving());
        sender.begin(now);
        transfer(sender, receiver, 0);
        Checkpoint whole = checkpoints.get(0);
        Checkpoint other = new Checkpoint(
                whole.index(), whole.epoch(), whole.voters(), new StateHandle(4, MESSAGES - 999).toState());
        assertThat(receiver.isComplete(SENDER, other)).isFalse();
        assertThat(receiver.isComplete(RECEIVER, whole)).isFalse();
        assertThat(receiver.isComplete(SENDER, whole)).isTrue();
        receiver.end(false);
        assertThat(receiver.isComplete(SENDER, whole)).isFalse();
    }
}
