package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Everything that was appended, in order, in memory; and what a log that was opened again may amount to. */
final class LogModel {
    private record Appended(int shard, long index, JournalRecord record) {}

    private final List<Appended> appended = new ArrayList<>();
    private Map<Integer, ShardState> state = new TreeMap<>();

    void onAppended(int shard, long index, JournalRecord record) {
        appended.add(new Appended(shard, index, record));
        record.replayTo(state.computeIfAbsent(shard, number -> new ShardState()), index);
    }

    int size() {
        return appended.size();
    }

    /** What each shard amounts to after the first {@code count} records. */
    Map<Integer, ShardState> stateAfter(int count) {
        var states = new TreeMap<Integer, ShardState>();
        for (Appended each : appended.subList(0, count)) {
            each.record().replayTo(states.computeIfAbsent(each.shard(), shard -> new ShardState()), each.index());
        }
        var decided = new HashSet<UUID>();
        states.values().forEach(each -> decided.addAll(each.decided()));
        states.values().forEach(each -> each.resolve(decided));
        return states;
    }

    Map<Integer, ShardState> state() {
        return state;
    }

    /** How many of the records are safe, going by what each shard was told. */
    int safeCount(HandTurnedLog log) {
        int count = 0;
        while (count < appended.size()
                && appended.get(count).index() <= log.synced(appended.get(count).shard())) {
            count++;
        }
        return count;
    }

    /**
     * Checks that a log, opened again, holds the first so many records, at least {@code safe} of them, each of them once
     * and in order, and nothing else; forgets those that were never safe and are gone.
     */
    void checkAndCutTo(HandTurnedLog reopened, int safe) {
        int count = check(reopened, safe);
        appended.subList(count, appended.size()).clear();
        state = stateAfter(count);
    }

    private int recoveredCount(HandTurnedLog reopened) {
        int count = 0;
        while (count < appended.size()
                && appended.get(count).index()
                        <= reopened.log.tail(appended.get(count).shard()).lastIndex()) {
            count++;
        }
        return count;
    }

    /** Like {@link #checkAndCutTo}, but forgets nothing; returns how many there are. */
    int check(HandTurnedLog reopened, int safe) {
        int count = recoveredCount(reopened);
        assertThat(count).as("records recovered").isGreaterThanOrEqualTo(safe);
        var recovered = new TreeMap<Integer, ShardState>();
        reopened.replays().forEach((shard, replay) -> {
            assertThat(replay.order()).as("shard %d", shard).isSorted().doesNotHaveDuplicates();
            recovered.put(shard, ShardState.of(replay));
        });
        assertThat(reopened.unreadable).isEmpty();
        stateAfter(count).forEach((shard, expected) -> {
            ShardState found = recovered.getOrDefault(shard, new ShardState());
            assertThat(found).as("shard %d after %d records", shard, count).isEqualTo(expected);
        });
        assertThat(stateAfter(count).keySet()).containsAll(recovered.keySet());
        return count;
    }
}
