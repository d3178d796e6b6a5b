package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random entries of logs whose commit is a majority's, among the records of other shards: appended, dropped, committed,
 * covered. The node stops at random moments, within writes also. What is opened then has the log as it was after some step,
 * and not before the last that was told to be safe; and what is alive is what the entries that it knows to be committed say.
 */
class EntryLogPropertyTest {
    private static final int RUNS = Integer.getInteger("godwit.test.runs", 6);
    private static final int STEPS = 700;
    private static final int SECTOR_BYTES = 512;
    private static final int EPOCHS_APART = 10;

    private int crashes;
    private int moved;
    private int restated;
    private int truncated;
    private int lowered;

    @Test
    void keepsTheLogAndItsCommittedStateApart() {
        long base = Long.getLong("godwit.test.seed", System.nanoTime());
        for (int run = 0; run < RUNS; run++) {
            long seed = base + run;
            try {
                new Run(new Random(seed)).run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("rerun with -Dgodwit.test.runs=1 -Dgodwit.test.seed=" + seed, e);
            }
        }
        System.out.printf(
                "entry log property: seed %d, %d runs, %d crashes checked, %d truncations, %d to lower epochs, %d records moved, %d restated%n",
                base, RUNS, crashes, truncated, lowered, moved, restated);
        assertThat(moved).isPositive();
        assertThat(restated).isPositive();
        assertThat(lowered).isPositive();
    }

    /** What was asked of a log, in order. */
    private record Step(
            long truncateFrom, long epoch, @Nullable JournalRecord record) {}

    private record Entry(long epoch, JournalRecord record) {}

    /** One log, as it should be. */
    private static final class Model {
        final int shard;
        final List<Step> steps = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        long epoch = EPOCHS_APART;
        long committed;
        long covered;
        int lowered;

        /** Of leaders whose entries came here late. One index and epoch are one entry. */
        final Set<Long> lowerEpochs = new HashSet<>();

        HandTurnedLog.@Nullable Replicated log;

        /** Whoever leads writes no more copies of bodies of before its epoch. */
        long lastBody;

        Model(int shard) {
            this.shard = shard;
        }

        HandTurnedLog.Replicated log() {
            return Objects.requireNonNull(log);
        }

        boolean isOpen(long body) {
            return body != 0
                    && body <= entries.size()
                    && entries.get((int) body - 1).epoch() == epoch
                    && entries.get((int) body - 1).record() instanceof JournalRecord.BodyStored;
        }

        void append(JournalRecord record) {
            steps.add(new Step(0, epoch, record));
            entries.add(new Entry(epoch, record));
            log().append(entries.size(), epoch, record, steps.size());
        }

        /** By a new leader, who perhaps has entries of epochs below that of what is dropped. */
        void truncate(long fromIndex, Random random) {
            long dropped = epoch;
            epoch += EPOCHS_APART;
            steps.add(new Step(fromIndex, epoch, null));
            entries.subList((int) fromIndex - 1, entries.size()).clear();
            log().truncate(fromIndex, epoch, steps.size());
            long own = epoch;
            long before =
                    entries.isEmpty() ? 0 : entries.get(entries.size() - 1).epoch();
            epoch = before + 1 + random.nextInt(EPOCHS_APART);
            if (epoch < dropped && lowerEpochs.add(epoch)) {
                lowered++;
                for (int left = 1 + random.nextInt(3); left > 0; left--) {
                    append(Records.message(random.nextInt(900), 1));
                }
            }
            epoch = own;
            append(new JournalRecord.EpochBegun());
        }

        List<Entry> after(int count) {
            var log = new ArrayList<Entry>();
            for (Step step : steps.subList(0, count)) {
                JournalRecord record = step.record();
                if (record == null) {
                    log.subList((int) step.truncateFrom() - 1, log.size()).clear();
                } else {
                    log.add(new Entry(step.epoch(), record));
                }
            }
            return log;
        }

        ShardState stateAt(List<Entry> log, long index) {
            var state = new ShardState();
            for (int i = 0; i < index; i++) {
                log.get(i).record().replayTo(state, i + 1);
            }
            return state;
        }

        /** How many steps the log that was found knows of. */
        int check(HandTurnedLog reopened, int safe) {
            ShardTail tail = reopened.log.tail(shard);
            if (!tail.isReplicated()) {
                assertThat(safe).as("steps of shard %d safe", shard).isZero();
                return 0;
            }
            EntryLog found = tail.entriesThere();
            int count = -1;
            List<Entry> log = List.of();
            for (int candidate = steps.size(); candidate >= safe && count < 0; candidate--) {
                log = after(candidate);
                count = isSame(found, log) ? candidate : -1;
            }
            assertThat(count)
                    .as(
                            "steps of shard %d, log of %d from %d, committed %d",
                            shard, found.lastIndex(), found.coverIndex(), found.committedIndex())
                    .isGreaterThanOrEqualTo(safe);
            assertThat(found.committedIndex()).isLessThanOrEqualTo(committed);
            assertThat(found.coverIndex()).isLessThanOrEqualTo(Math.max(covered, found.committedIndex()));
            assertThat(found.openCount()).isEqualTo((int) (found.lastIndex() - found.committedIndex()));
            var replay = reopened.replays().getOrDefault(shard, new RecordedReplay());
            assertThat(replay.order()).as("shard %d", shard).doesNotHaveDuplicates();
            assertThat(ShardState.of(replay))
                    .as("shard %d committed up to %d", shard, found.committedIndex())
                    .isEqualTo(stateAt(log, found.committedIndex()));
            return count;
        }

        private static boolean isSame(EntryLog found, List<Entry> log) {
            if (found.lastIndex() != log.size()) {
                return false;
            }
            for (long index = Math.max(1, found.coverIndex()); index <= log.size(); index++) {
                if (found.epochAt(index) != log.get((int) index - 1).epoch()) {
                    return false;
                }
            }
            return true;
        }

        void goOnWith(HandTurnedLog reopened, int count) {
            steps.subList(count, steps.size()).clear();
            entries = after(count);
            ShardTail tail = reopened.log.tail(shard);
            committed = tail.isReplicated() ? tail.entriesThere().committedIndex() : 0;
            covered = tail.isReplicated() ? tail.entriesThere().coverIndex() : 0;
            log = reopened.replicated(shard);
        }
    }

    private final class Run {
        private final Random random;
        private final List<Model> models = List.of(new Model(1), new Model(2));
        private final Set<Long> passing = new HashSet<>();
        private HandTurnedLog log;
        private boolean checking;
        private int transactions;

        Run(Random random) throws IOException {
            this.random = random;
            log = new HandTurnedLog(new MemoryFileLayer());
            for (Model model : models) {
                model.log = log.replicated(model.shard);
            }
            log.files.hook(this::onWrite);
        }

        void run() throws IOException {
            for (int i = 0; i < STEPS; i++) {
                step(models.get(random.nextInt(models.size())));
            }
            log.turnUntilIdle();
            check(log.reopened());
            drain();
            restated += restatedIn(log.files);
            moved += (int) log.log.counters().recordsMoved();
            lowered += models.stream().mapToInt(model -> model.lowered).sum();
        }

        private void step(Model model) throws IOException {
            int dice = random.nextInt(100);
            if (dice < 35) {
                model.append(Records.message(size(), random.nextInt()));
            } else if (dice < 48) {
                removeSome(model);
            } else if (dice < 52) {
                transact(model);
            } else if (dice < 53) {
                publish(model);
            } else if (dice < 55) {
                model.append(Records.stored("q" + random.nextInt(5), "v" + random.nextInt(1_000)));
            } else if (dice < 56) {
                model.append(Records.dropped("q" + random.nextInt(5)));
            } else if (dice < 58) {
                returnOne(model);
            } else if (dice < 60) {
                model.append(new JournalRecord.VotersNamed(
                        Records.message(random.nextInt(100), 1).body()));
            } else if (dice < 68) {
                commit(model, model.committed + random.nextInt((int) (model.entries.size() - model.committed) + 1));
            } else if (dice < 70) {
                commit(model, model.entries.size());
            } else if (dice < 72 && model.entries.size() > model.committed) {
                truncated++;
                model.truncate(
                        model.committed + 1 + random.nextInt((int) (model.entries.size() - model.committed)), random);
            } else if (dice < 74) {
                forgetOne(model);
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

        private int size() {
            int dice = random.nextInt(100);
            return dice < 85 ? random.nextInt(900) : random.nextInt(dice < 98 ? 12_000 : 150_000);
        }

        private void commit(Model model, long index) {
            if (index > model.committed) {
                model.committed = index;
                model.log().intake.commit(index);
            }
        }

        private void cover(Model model, long index) {
            model.covered = Math.max(model.covered, index);
            model.log().intake.cover(model.covered);
        }

        /** Of what a leader knows: committed or not. Mostly the oldest. */
        private List<Long> live(Model model) {
            return new ArrayList<>(model.stateAt(model.entries, model.entries.size())
                    .messages()
                    .keySet());
        }

        private void removeSome(Model model) {
            List<Long> live = live(model);
            if (!live.isEmpty()) {
                var chosen = new long[1 + random.nextInt(Math.min(live.size(), 12))];
                for (int i = 0; i < chosen.length; i++) {
                    chosen[i] = live.remove(random.nextInt(Math.max(1, live.size() * 2 / 3)));
                }
                model.append(Records.removed(chosen));
            }
        }

        private void returnOne(Model model) {
            List<Long> live = live(model);
            if (!live.isEmpty()) {
                model.append(Records.returned(live.get(random.nextInt(live.size())), 1 + random.nextInt(9)));
            }
        }

        /** Posted, and after a while committed, unless the epoch ends before. */
        private void transact(Model model) throws IOException {
            model.append(new JournalRecord.MessagePosted(Records.message(size() / 4, random.nextInt())));
            long posted = model.entries.size();
            long epoch = model.epoch;
            if (random.nextBoolean()) {
                commit(model, model.entries.size());
                pass();
                log.turn();
            }
            List<Long> live = live(model);
            if (random.nextInt(4) > 0 && model.epoch == epoch && model.entries.size() >= posted) {
                LongRanges removed = live.isEmpty() ? LongRanges.NONE : LongRanges.of(live.get(0));
                List<Integer> participants = random.nextBoolean() ? List.of() : List.of(9);
                model.append(new JournalRecord.TransactionCommitted(
                        new UUID(model.shard, ++transactions), participants, LongRanges.of(posted), removed));
            }
        }

        /** A body, and copies of it or of the last one of the same epoch. */
        private void publish(Model model) {
            if (random.nextBoolean() || !model.isOpen(model.lastBody)) {
                model.append(Records.body(size(), random.nextInt()));
                model.lastBody = model.entries.size();
            }
            for (int left = random.nextInt(3); left > 0; left--) {
                model.append(Records.copy(Records.QUEUE, model.lastBody));
            }
        }

        /** A leader forgets what it has decided, committed or not. */
        private void forgetOne(Model model) {
            List<UUID> decided = decided(model);
            if (!decided.isEmpty()) {
                model.append(new JournalRecord.TransactionForgotten(decided.get(random.nextInt(decided.size()))));
            }
        }

        private static List<UUID> decided(Model model) {
            return List.copyOf(
                    model.stateAt(model.entries, model.entries.size()).decided());
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
            check(new HandTurnedLog(torn));
            checking = false;
        }

        private void check(HandTurnedLog reopened) {
            for (Model model : models) {
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
            for (Model model : models) {
                int count = model.check(reopened, (int) model.log().syncedTicket);
                model.goOnWith(reopened, count);
            }
            log.files.hook(this::onWrite);
        }

        /** All is committed, consumed and covered: nothing pins the disk. */
        private void drain() throws IOException {
            for (int round = 0; round < 40; round++) {
                for (Model model : models) {
                    List<Long> live = live(model);
                    if (!live.isEmpty()) {
                        model.append(Records.removed(
                                live.stream().mapToLong(Long::longValue).toArray()));
                    }
                    for (UUID each : decided(model)) {
                        model.append(new JournalRecord.TransactionForgotten(each));
                    }
                    model.append(Records.dropped("q" + round % 5));
                    if (round == 0) {
                        model.epoch += EPOCHS_APART;
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
