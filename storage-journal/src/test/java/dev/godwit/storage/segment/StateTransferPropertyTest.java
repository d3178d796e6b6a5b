package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Two shards live on one node, at random. At random moments the state of one of them is captured, and read a piece at a time
 * while that node goes on; another node, which has a part of the log, or another end of it, takes it in while it writes for others,
 * moves, and stops and starts again. Then it has the state that the log makes at that index, and goes on with the log.
 */
class StateTransferPropertyTest {
    private static final int RUNS = 6;
    private static final int STEPS = 1_200;
    private static final int TRANSFERS_BEGUN_ONE_IN = 40;

    private int installed;
    private int abandoned;
    private int crashes;
    private int kept;
    private int replaced;
    private long records;

    @Test
    void makesTheSameStateElsewhere() {
        var runs = RandomRuns.of(RUNS, random -> new Run(random).run());
        System.out.printf(
                "state transfer: %s, %d installed of %d records, %d with entries behind, %d in place of a log, %d abandoned, %d crashes%n",
                runs, installed, records, kept, replaced, abandoned, crashes);
        assertThat(installed).isPositive();
        assertThat(kept).isPositive();
        assertThat(replaced).isPositive();
        assertThat(crashes).isPositive();
    }

    private final class Run {
        private final Random random;
        private final RandomEntries entries;
        private final HandTurnedLog sender = new HandTurnedLog(new MemoryFileLayer());
        private final List<EntryLogModel> models = List.of(new EntryLogModel(1), new EntryLogModel(2));
        private final Passing passingThere;
        private Receiver receiver;
        private @Nullable Transfer transfer;

        Run(Random random) throws IOException {
            this.random = random;
            entries = new RandomEntries(random);
            for (EntryLogModel model : models) {
                model.log = sender.replicated(model.shard);
            }
            passingThere = new Passing(sender, random);
            receiver = new Receiver(new MemoryFileLayer());
        }

        void run() throws IOException {
            for (int i = 0; i < STEPS; i++) {
                stepOfSender(models.get(random.nextInt(models.size())));
                stepOfReceiver(models.get(random.nextInt(models.size())));
            }
        }

        private void stepOfSender(EntryLogModel model) throws IOException {
            int dice = random.nextInt(100);
            if (dice < 60) {
                entries.append(model, sender::turn);
            } else if (dice < 70) {
                commit(model, model.committed + random.nextInt((int) (model.entries.size() - model.committed) + 1));
            } else if (dice < 72 && model.entries.size() > model.committed) {
                model.truncate(
                        model.committed + 1 + random.nextInt((int) (model.entries.size() - model.committed)), random);
            } else if (dice < 74) {
                entries.forgetOne(model);
            } else if (dice < 77) {
                model.covered += random.nextInt((int) (model.committed - model.covered) + 1);
                model.log().intake.cover(model.covered);
            } else if (dice < 83) {
                passingThere.pass();
            } else {
                sender.turn();
            }
        }

        private void commit(EntryLogModel model, long index) {
            if (index > model.committed) {
                model.committed = index;
                model.log().intake.commit(index);
            }
        }

        private void stepOfReceiver(EntryLogModel model) throws IOException {
            Transfer current = transfer;
            int dice = random.nextInt(100);
            if (current == null && random.nextInt(TRANSFERS_BEGUN_ONE_IN) == 0) {
                sender.turnUntilIdle();
                if (model.committed > receiver.copy(model).committed) {
                    transfer = new Transfer(model);
                }
            } else if (current != null && dice < 20) {
                current.go();
            } else if (dice < 40) {
                receiver.follow(model, random);
            } else if (dice < 55) {
                receiver.passing.pass();
            } else if (dice < 97) {
                receiver.log.turn();
            } else if (dice < 99 || current == null) {
                restart();
            } else {
                current.abandon();
            }
        }

        private void restart() throws IOException {
            Transfer current = transfer;
            crashes++;
            if (current != null) {
                current.end();
            }
            MemoryFileLayer disk = receiver.log.files.copy();
            new Receiver(disk.copyWithoutCheckpoints()).check();
            receiver = new Receiver(disk);
            receiver.check();
        }

        /** A state on its way. */
        private final class Transfer {
            final EntryLogModel model;
            final List<StateCapture> captures = new ArrayList<>();
            final StateCapture capture;
            boolean begun;

            Transfer(EntryLogModel model) throws IOException {
                this.model = model;
                sender.log.capture(model.shard, Long.MAX_VALUE / 2, captures::add);
                sender.turn();
                sender.lookUp();
                capture = captures.get(0);
                assertThat(capture.problem()).isNull();
                assertThat(capture.index()).isEqualTo(model.committed);
            }

            void go() throws IOException {
                Copy copy = receiver.copy(model);
                if (!begun) {
                    begun = true;
                    copy.log.begin(capture.index(), capture.epoch());
                }
                var pieces = new ArrayList<StatePiece>();
                sender.log.readState(capture, 1 + random.nextInt(random.nextInt(4) == 0 ? 20_000 : 800), pieces::add);
                StatePiece piece = pieces.get(0);
                assertThat(piece.problem()).isNull();
                for (StateRecord each : piece.records()) {
                    copy.log.stage(each);
                    records++;
                }
                if (piece.last()) {
                    install(copy);
                }
            }

            private void install(Copy copy) throws IOException {
                end();
                copy.install(capture.index(), capture.epoch());
                copy.log.install(capture.index(), capture.epoch(), copy.nextTicket());
                receiver.log.turnUntilIdle();
                assertThat(copy.log.syncedTicket).isEqualTo(copy.ticket);
                installed++;
                restart();
            }

            void abandon() {
                receiver.copy(model).log.intake.abandonState();
                abandoned++;
                end();
            }

            void end() {
                sender.log.endCapture(capture);
                transfer = null;
            }
        }

        /** Another node, and what it should have. */
        private final class Receiver {
            final HandTurnedLog log;
            final Passing passing;
            final List<Copy> copies = new ArrayList<>();

            Receiver(MemoryFileLayer disk) throws IOException {
                log = new HandTurnedLog(disk);
                passing = new Passing(log, random);
                for (EntryLogModel model : models) {
                    copies.add(new Copy(model, log));
                }
            }

            Copy copy(EntryLogModel model) {
                return copies.get(models.indexOf(model));
            }

            /** Takes entries of the log, commits some, or goes astray. */
            void follow(EntryLogModel model, Random random) {
                Copy copy = copy(model);
                if (random.nextInt(8) == 0) {
                    copy.truncate(model);
                    return;
                }
                copy.append(model, 1 + random.nextInt(20));
                if (random.nextInt(4) == 0) {
                    copy.commit(random);
                }
            }

            void check() {
                for (EntryLogModel model : models) {
                    Copy copy = copy(model);
                    ShardState expected = model.stateAt(model.entries, copy.committed);
                    RecordedReplay replay = log.replays().getOrDefault(model.shard, new RecordedReplay());
                    assertThat(ShardState.of(replay))
                            .as("shard %d committed up to %d", model.shard, copy.committed)
                            .isEqualTo(expected);
                }
            }
        }

        /** A shard's log on the other node. Its entries up to {@code same} are those of the sender. */
        private final class Copy {
            final HandTurnedLog.Replicated log;
            long last;
            long lastEpoch;
            long committed;
            long same;
            long ticket;

            Copy(EntryLogModel model, HandTurnedLog node) {
                ShardTail tail = node.log.tail(model.shard);
                boolean known = tail.isReplicated();
                last = known ? tail.entriesThere().lastIndex() : 0;
                lastEpoch = known ? tail.entriesThere().lastEpoch() : 0;
                committed = known ? tail.entriesThere().committedIndex() : 0;
                same = committed;
                for (long index = committed + 1; known && index <= last && index <= model.entries.size(); index++) {
                    if (tail.entriesThere().epochAt(index)
                            != model.entries.get((int) index - 1).epoch()) {
                        break;
                    }
                    same = index;
                }
                log = node.replicated(model.shard);
            }

            long nextTicket() {
                return ++ticket;
            }

            /** Of what is committed there, so that it stays what it is. */
            void append(EntryLogModel model, int count) {
                if (same < last) {
                    truncate(model);
                }
                for (int left = count; left > 0 && last < model.committed; left--) {
                    EntryLogModel.Entry entry = model.entries.get((int) last);
                    log.append(++last, entry.epoch(), entry.record(), nextTicket());
                    lastEpoch = entry.epoch();
                    same = last;
                }
            }

            void commit(Random random) {
                if (same > committed) {
                    committed += 1 + random.nextInt((int) (same - committed));
                    log.intake.commit(committed);
                }
            }

            /** What is not the sender's is dropped; or, when there is none, something else comes. */
            void truncate(EntryLogModel model) {
                if (same < last) {
                    log.truncate(same + 1, 0, nextTicket());
                    last = same;
                    lastEpoch =
                            same == 0 ? 0 : model.entries.get((int) same - 1).epoch();
                } else if (random.nextInt(3) == 0) {
                    // Of a leader whose epoch nobody else saw.
                    long astray = lastEpoch + 1_000_000;
                    log.append(++last, astray, Records.message(100, 1), nextTicket());
                    log.append(++last, astray, Records.removed(1), nextTicket());
                    lastEpoch = astray;
                }
            }

            void install(long index, long epoch) {
                if (index <= committed) {
                    return;
                }
                if (index <= same) {
                    kept += last > index ? 1 : 0;
                } else {
                    replaced += last > 0 ? 1 : 0;
                    last = index;
                    lastEpoch = epoch;
                    same = index;
                }
                committed = index;
            }
        }
    }

    /** What fills segments and soon is dead, so that the rest has to be moved. */
    private static final class Passing {
        private final HandTurnedLog log;
        private final Random random;
        private final Set<Long> alive = new HashSet<>();

        Passing(HandTurnedLog log, Random random) {
            this.log = log;
            this.random = random;
            alive.addAll(ShardState.of(log.replays().getOrDefault(3, new RecordedReplay()))
                    .messages()
                    .keySet());
        }

        void pass() {
            if (random.nextBoolean() || alive.isEmpty()) {
                alive.add(log.append(3, Records.message(15_000, 1)));
            } else {
                JournalRecord removed = Records.removed(
                        alive.stream().mapToLong(Long::longValue).sorted().toArray());
                log.append(3, removed);
                alive.clear();
            }
        }
    }
}
