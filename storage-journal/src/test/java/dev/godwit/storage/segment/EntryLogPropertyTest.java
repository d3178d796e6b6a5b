package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random entries of logs whose commit is a majority's, among the records of other shards: appended, dropped, committed,
 * covered. The node stops at random moments, within writes also. What is opened then has the log as it was after some step,
 * and not before the last that was told to be safe; and what is alive is what the entries that it knows to be committed say.
 */
class EntryLogPropertyTest {
    private static final int RUNS = 6;
    private static final int STEPS = 700;
    private static final int SECTOR_BYTES = 512;

    private int crashes;
    private int checkpointed;
    private int moved;
    private int restated;
    private int truncated;
    private int lowered;

    @Test
    void keepsTheLogAndItsCommittedStateApart() {
        var runs = RandomRuns.of(RUNS, random -> new Run(random).run());
        System.out.printf(
                "entry log property: %s, %d crashes checked, %d with checkpoints, %d truncations, %d to lower epochs, %d records moved, %d restated%n",
                runs, crashes, checkpointed, truncated, lowered, moved, restated);
        assertThat(checkpointed).isPositive();
        assertThat(moved).isPositive();
        assertThat(restated).isPositive();
        assertThat(lowered).isPositive();
    }

    private final class Run {
        private final Random random;
        private final RandomEntries entries;
        private final List<EntryLogModel> models = List.of(new EntryLogModel(1), new EntryLogModel(2));
        private final Set<Long> passing = new HashSet<>();
        private HandTurnedLog log;
        private boolean checking;

        Run(Random random) throws IOException {
            this.random = random;
            entries = new RandomEntries(random);
            log = new HandTurnedLog(new MemoryFileLayer());
            for (EntryLogModel model : models) {
                model.log = log.replicated(model.shard);
            }
            log.files.hook(this::onWrite);
        }

        void run() throws IOException {
            for (int i = 0; i < STEPS; i++) {
                step(models.get(random.nextInt(models.size())));
            }
            log.turnUntilIdle();
            checkWithAndWithoutCheckpoints(log.files.copy());
            drain();
            restated += restatedIn(log.files);
            moved += (int) log.log.counters().recordsMoved();
            lowered += models.stream().mapToInt(model -> model.lowered).sum();
        }

        private void step(EntryLogModel model) throws IOException {
            int dice = random.nextInt(100);
            if (dice < 60) {
                entries.append(model, () -> {
                    commit(model, model.entries.size());
                    pass();
                    log.turn();
                });
            } else if (dice < 68) {
                commit(model, model.committed + random.nextInt((int) (model.entries.size() - model.committed) + 1));
            } else if (dice < 70) {
                commit(model, model.entries.size());
            } else if (dice < 72 && model.entries.size() > model.committed) {
                truncated++;
                model.truncate(
                        model.committed + 1 + random.nextInt((int) (model.entries.size() - model.committed)), random);
            } else if (dice < 74) {
                entries.forgetOne(model);
            } else if (dice < 77) {
                cover(model, model.covered + random.nextInt((int) (model.committed - model.covered) + 1));
            } else if (dice < 83) {
                pass();
            } else if (dice < 97) {
                log.turn();
            } else if (dice < 98) {
                log.turnUntilIdle();
            } else {
                crash();
            }
        }

        private void commit(EntryLogModel model, long index) {
            if (index > model.committed) {
                model.committed = index;
                model.log().intake.commit(index);
            }
        }

        private void cover(EntryLogModel model, long index) {
            model.covered = Math.max(model.covered, index);
            model.log().intake.cover(model.covered);
        }

        /** What fills segments and soon is dead, so that the rest has to be moved. */
        private void pass() {
            if (random.nextBoolean() || passing.isEmpty()) {
                passing.add(log.append(3, Records.message(15_000, 1)));
            } else {
                log.append(
                        3,
                        Records.removed(
                                passing.stream().mapToLong(Long::longValue).toArray()));
                passing.clear();
            }
        }

        /** Each write may be the last one: none, some or all of its sectors reach the disk. */
        private void onWrite(String name, int position, ByteBuffer bytes) throws IOException {
            if (checking || random.nextInt(6) != 0) {
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
            checkWithAndWithoutCheckpoints(torn);
            checking = false;
        }

        private void checkWithAndWithoutCheckpoints(MemoryFileLayer disk) throws IOException {
            MemoryFileLayer bare = disk.copyWithoutCheckpoints();
            RecoveredLog found = Objects.requireNonNull(RecoveryScan.scan(disk, false));
            RecoveredLog whole = Objects.requireNonNull(RecoveryScan.scan(bare, false));
            checkpointed += found.bytesSinceCheckpoint() < whole.bytesSinceCheckpoint() ? 1 : 0;
            for (EntryLogModel model : models) {
                assertThat(committedIn(found, model.shard)).isGreaterThanOrEqualTo(committedIn(whole, model.shard));
            }
            check(new HandTurnedLog(disk));
            check(new HandTurnedLog(bare));
        }

        private static long committedIn(RecoveredLog log, int shard) {
            ShardTail tail = log.tails().get(shard);
            return tail == null || !tail.isReplicated()
                    ? 0
                    : tail.entriesThere().committedIndex();
        }

        private void check(HandTurnedLog reopened) {
            for (EntryLogModel model : models) {
                model.check(reopened, (int) model.log().syncedTicket);
            }
            crashes++;
        }

        private void crash() throws IOException {
            restated += restatedIn(log.files);
            moved += (int) log.log.counters().recordsMoved();
            var reopened = new HandTurnedLog(log.files.copy());
            crashes++;
            log = reopened;
            passing.clear();
            passing.addAll(ShardState.of(reopened.replay(3)).messages().keySet());
            for (EntryLogModel model : models) {
                int count = model.check(reopened, (int) model.log().syncedTicket);
                model.goOnWith(reopened, count);
            }
            log.files.hook(this::onWrite);
        }

        /** All is committed, consumed and covered: nothing pins the disk. */
        private void drain() throws IOException {
            for (int round = 0; round < 40; round++) {
                for (EntryLogModel model : models) {
                    RandomEntries.consumeAll(model);
                    model.append(Records.dropped("q" + round % 5));
                    if (round == 0) {
                        model.epoch += EntryLogModel.EPOCHS_APART;
                        model.append(new JournalRecord.EpochBegun());
                    }
                    commit(model, model.entries.size());
                    cover(model, model.committed);
                }
                passing.add(log.append(3, Records.message(15_000, 1)));
                log.append(
                        3,
                        Records.removed(
                                passing.stream().mapToLong(Long::longValue).toArray()));
                passing.clear();
                log.turnUntilIdle();
            }
            assertThat(log.log.counters().segments()).isLessThanOrEqualTo(6);
            check(log.reopened());
        }

        private int restatedIn(MemoryFileLayer files) throws IOException {
            var count = new int[1];
            Objects.requireNonNull(LogInspection.of(files)).walk(new LogInspection.Visitor() {
                @Override
                public void onSegment(String fileName, long generation, long bytes, boolean missing) {
                    // Only records count.
                }

                @Override
                public void onRecord(
                        String fileName, long offset, boolean salvaged, RecordView view, @Nullable JournalRecord fact) {
                    count[0] += view.isMoved() && fact != null && EntryLogs.endsLives(fact) ? 1 : 0;
                }

                @Override
                public void onBatch(String fileName, long offset, int blockBytes, BatchHeader header) {
                    // Only records count.
                }
            });
            return count[0];
        }
    }
}
