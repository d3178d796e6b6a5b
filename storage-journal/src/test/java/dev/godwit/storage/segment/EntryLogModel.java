package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A log whose commit is a majority's, as it should be. */
final class EntryLogModel {
    static final int EPOCHS_APART = 10;

    /** What was asked of a log, in order. */
    record Step(long truncateFrom, long epoch, @Nullable JournalRecord record) {}

    record Entry(long epoch, JournalRecord record) {}

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

    EntryLogModel(int shard) {
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
        long before = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).epoch();
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
