package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.FaultyFileLayer.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The disk fails at each operation while a state is taken in: what a start finds is the state before, or that one. */
class StateInstallFaultTest {
    private static final int MESSAGES = 60;
    private static final long INDEX = 500;

    /** A new journal with a shard of its own state, and its open end. */
    private static HandTurnedLog.Replicated begin(HandTurnedLog log) throws IOException {
        HandTurnedLog.Replicated shard = log.replicated(1);
        shard.append(1, 2, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 2, Records.message("of before"), 2);
        shard.append(3, 2, Records.stored("orders", "before"), 3);
        log.turnUntilIdle();
        shard.intake.commit(3);
        log.store(3, new JournalRecord.EpochBegun());
        shard.append(4, 3, Records.message("open"), 4);
        log.turnUntilIdle();
        return shard;
    }

    private static List<StateRecord> state() {
        var records = new ArrayList<StateRecord>();
        records.add(new StateRecord(3, 2, Records.stored("users", "there")));
        for (int i = 0; i < MESSAGES; i++) {
            records.add(new StateRecord(10 + i, 7, Records.message(i % 20 == 7 ? 30_000 : 2_000, i)));
        }
        records.add(new StateRecord(499, 8, new JournalRecord.EpochBegun()));
        return records;
    }

    private static void install(HandTurnedLog log, HandTurnedLog.Replicated shard) throws IOException {
        shard.begin(INDEX, 8);
        for (StateRecord each : state()) {
            shard.stage(each);
            if (each.index() % 5 == 0) {
                log.store(3, Records.removed(log.store(3, Records.message(9_000, 0))));
                log.turn();
            }
        }
        shard.install(INDEX, 8, 5);
        log.turnUntilIdle();
        shard.append(INDEX + 1, 8, Records.message("behind it"), 6);
        log.turnUntilIdle();
        shard.intake.commit(INDEX + 1);
        log.store(3, Records.message("committed in this batch"));
        log.store(3, Records.message("and said to be in that"));
    }

    private static Map<Long, JournalRecord> before() {
        return Map.of(2L, Records.message("of before"), 3L, Records.stored("orders", "before"));
    }

    private static Map<Long, JournalRecord> after() {
        var records = new TreeMap<Long, JournalRecord>();
        state().stream()
                .filter(each -> !(each.record() instanceof JournalRecord.EpochBegun))
                .forEach(each -> records.put(each.index(), each.record()));
        return records;
    }

    @Test
    void isAllOrNothingWhereverTheDiskFails() throws IOException {
        long seed = Long.getLong("godwit.test.seed", System.nanoTime());
        System.out.printf("state install: seed %d, rerun with -Dgodwit.test.seed=%d%n", seed, seed);
        var outcomes = new TreeMap<String, Integer>();
        for (Fault how : Fault.values()) {
            boolean failed = true;
            for (int at = 1; failed; at++) {
                failed = failsAt(at, how, new Random(seed + at), outcomes);
            }
        }
        System.out.println("state install: " + outcomes);
        assertThat(outcomes).containsKeys("before", "after", "behind");
    }

    /** False when all was done before the fault came. */
    private static boolean failsAt(int at, Fault how, Random random, Map<String, Integer> outcomes) throws IOException {
        var files = new FaultyFileLayer(random);
        var log = new HandTurnedLog(files);
        HandTurnedLog.Replicated shard = begin(log);
        files.failAfter(at, how);
        boolean failed = false;
        try {
            install(log, shard);
        } catch (IOException stopped) {
            failed = true;
        }
        long safe = shard.syncedTicket;
        var found = new HandTurnedLog(files.next());
        Map<Long, JournalRecord> records = found.replay(1).records();
        String as = "operation " + at + ", " + how + ", safe " + safe;
        EntryLog entries = found.log.tail(1).entriesThere();
        if (entries.committedIndex() < INDEX) {
            assertThat(safe).as(as).isLessThan(5);
            assertThat(records).as(as).isEqualTo(before());
            assertThat(List.of(entries.committedIndex(), entries.lastIndex()))
                    .as(as)
                    .containsExactly(3L, 4L);
            outcomes.merge("before", 1, Integer::sum);
        } else {
            Map<Long, JournalRecord> expected = new TreeMap<>(after());
            if (entries.committedIndex() > INDEX) {
                expected.put(INDEX + 1, Records.message("behind it"));
            }
            assertThat(records).as(as).isEqualTo(expected);
            assertThat(entries.coverIndex()).as(as).isEqualTo(INDEX);
            assertThat(entries.lastIndex()).as(as).isBetween(safe == 6 ? INDEX + 1 : INDEX, INDEX + 1);
            outcomes.merge(entries.committedIndex() > INDEX ? "behind" : "after", 1, Integer::sum);
        }
        return failed;
    }
}
