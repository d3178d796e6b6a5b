package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random records, against a model in memory; the node stops at random moments, within writes also, and the log that is
 * opened then amounts to what was appended up to some record, and never less than what was told to be safe.
 */
class LogPropertyTest {
    private static final int RUNS = 15;
    private static final int STEPS = 800;
    private static final int SECTOR_BYTES = 512;

    private int crashes;
    private int moved;
    private int checkpoints;

    @Test
    void recoversWhatWasSafeAndInventsNothing() {
        var runs = RandomRuns.of(RUNS, this::run);
        System.out.printf(
                "log property: %s, %d crashes checked, %d records moved, %d checkpoints%n",
                runs, crashes, moved, checkpoints);
        assertThat(moved).isPositive();
        assertThat(checkpoints).isPositive();
    }

    private void run(Random random) throws IOException {
        var run = new Run(random, new MemoryFileLayer());
        for (int step = 0; step < STEPS; step++) {
            run.step();
        }
        run.log.turnUntilIdle();
        run.model.check(run.log.reopened(), run.model.size());
        moved += (int) run.log.log.counters().recordsMoved();
    }

    private final class Run {
        private final Random random;
        private final LogModel model = new LogModel();
        private final RandomTransactions transactions;
        private HandTurnedLog log;
        private boolean checking;

        Run(Random random, MemoryFileLayer files) throws IOException {
            this.random = random;
            transactions = new RandomTransactions(random, this::append, this::liveOf);
            log = new HandTurnedLog(files);
            files.hook(this::onWrite);
        }

        void step() throws IOException {
            int dice = random.nextInt(100);
            if (dice < 42) {
                append(1 + random.nextInt(2), message());
            } else if (dice < 45) {
                appendInParts(1 + random.nextInt(2));
            } else if (dice < 52) {
                transactions.step();
            } else if (dice < 70) {
                removeSome(1 + random.nextInt(2));
            } else if (dice < 75) {
                returnOne(1 + random.nextInt(2));
            } else if (dice < 80) {
                append(0, Records.stored("q" + random.nextInt(5), "v" + random.nextInt(1000)));
            } else if (dice < 82) {
                append(0, Records.dropped("q" + random.nextInt(5)));
            } else if (dice == 82 && random.nextInt(6) == 0) {
                removeManyApart(1 + random.nextInt(2));
            } else if (dice < 97) {
                log.turn();
            } else if (dice < 98) {
                log.turnUntilIdle();
            } else {
                crash(log.files.copy());
            }
        }

        private int size() {
            int dice = random.nextInt(100);
            if (dice < 80) {
                return random.nextInt(600);
            }
            return dice < 98 ? random.nextInt(12_000) : random.nextInt(400_000);
        }

        private JournalRecord message() {
            JournalRecord.MessageEnqueued message = Records.message(size(), random.nextInt());
            return random.nextInt(4) == 0
                    ? new JournalRecord.MessageEnqueued(
                            1 + random.nextInt(3),
                            1_000,
                            random.nextInt(5) == 0 ? random.nextInt() : JournalRecord.MessageEnqueued.NO_EXPIRY,
                            random.nextInt(65_536),
                            notBefore(),
                            message.body())
                    : message;
        }

        private long notBefore() {
            return random.nextInt(3) == 0 ? 1 + random.nextInt(1_000) : JournalRecord.MessageEnqueued.AT_ONCE;
        }

        /** Some are never joined: the producer went away, or said so. */
        private void appendInParts(int shard) throws IOException {
            int count = 1 + random.nextInt(6);
            var parts = new long[count];
            for (int i = 0; i < count; i++) {
                append(
                        shard,
                        new JournalRecord.MessagePart(
                                Records.QUEUE, Records.message(size() / 4, i).body()));
                parts[i] = log.lastIndex(shard);
                if (random.nextInt(5) == 0) {
                    append(shard, message());
                    log.turn();
                }
            }
            int dice = random.nextInt(10);
            if (dice < 8) {
                append(
                        shard,
                        new JournalRecord.LargeMessageEnqueued(
                                Records.QUEUE,
                                0,
                                JournalRecord.MessageEnqueued.NO_EXPIRY,
                                4,
                                notBefore(),
                                1,
                                LongRanges.covering(parts, count)));
            } else if (dice == 8) {
                append(shard, Records.removed(parts));
            }
        }

        private long append(int shard, JournalRecord record) {
            long index = log.append(shard, record);
            model.onAppended(shard, index, record);
            return index;
        }

        /** Mostly the oldest, as queues do, but some stay for long. */
        private void removeSome(int shard) {
            List<Long> live = liveOf(shard);
            if (live.isEmpty()) {
                return;
            }
            int count = 1 + random.nextInt(Math.min(live.size(), 12));
            var chosen = new long[count];
            for (int i = 0; i < count; i++) {
                chosen[i] = live.remove(random.nextInt(Math.max(1, live.size() * 2 / 3)));
            }
            append(shard, Records.removed(chosen));
        }

        /** One removal that is itself so large that it is written in pieces. */
        private void removeManyApart(int shard) throws IOException {
            int count = 600 + random.nextInt(1_500);
            var chosen = new long[count];
            for (int i = 0; i < count; i++) {
                append(shard, Records.message(10, i));
                chosen[i] = log.lastIndex(shard);
                append(shard, Records.message(10, i));
                if (random.nextInt(100) == 0) {
                    log.turn();
                }
            }
            append(shard, Records.removed(chosen));
            if (random.nextBoolean()) {
                var rest = new long[count];
                for (int i = 0; i < count; i++) {
                    rest[i] = chosen[i] + 1;
                }
                append(shard, Records.removed(rest));
            }
        }

        private void returnOne(int shard) {
            List<Long> live = liveOf(shard);
            if (!live.isEmpty()) {
                append(
                        shard,
                        new JournalRecord.MessageReturned(
                                Records.QUEUE,
                                live.get(random.nextInt(live.size())),
                                1 + random.nextInt(9),
                                notBefore()));
            }
        }

        private List<Long> liveOf(int shard) {
            var state = model.state().get(shard);
            return state == null
                    ? new ArrayList<>()
                    : new ArrayList<>(state.messages().keySet());
        }

        /** Each write may be the last one: none, some or all of its sectors reach the disk. */
        private void onWrite(String name, int position, ByteBuffer bytes) throws IOException {
            if (checking || random.nextInt(8) != 0) {
                return;
            }
            checking = true;
            MemoryFileLayer torn = log.files.copy();
            byte[] content = torn.contentOf(name);
            for (int at = 0; at < bytes.remaining(); at += SECTOR_BYTES) {
                if (random.nextBoolean()) {
                    bytes.get(at, content, position + at, SECTOR_BYTES);
                }
            }
            spoilCheckpoints(torn);
            model.check(new HandTurnedLog(torn), model.safeCount(log));
            crashes++;
            checking = false;
        }

        /** With checkpoints, without them, with damaged ones: it is the same log. */
        private void spoilCheckpoints(MemoryFileLayer disk) throws IOException {
            int dice = random.nextInt(10);
            for (String name : CheckpointFiles.all(disk)) {
                checkpoints++;
                if (dice < 2) {
                    disk.delete(name);
                } else if (dice < 4) {
                    byte[] content = disk.contentOf(name);
                    content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
                } else if (dice < 5) {
                    byte[] content = disk.contentOf(name);
                    disk.put(name, Arrays.copyOf(content, random.nextInt(content.length)));
                }
                if (random.nextBoolean()) {
                    return;
                }
            }
        }

        private void crash(MemoryFileLayer files) throws IOException {
            int safe = model.safeCount(log);
            moved += (int) log.log.counters().recordsMoved();
            log = new HandTurnedLog(files);
            model.checkAndCutTo(log, safe);
            files.hook(this::onWrite);
            transactions.resolve(log.replays());
            crashes++;
        }
    }
}
