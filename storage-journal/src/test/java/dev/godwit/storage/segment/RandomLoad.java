package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Whatever a broker may do to a log, in any order, as far as the disk has room; with a model that does the same. */
final class RandomLoad {
    static final int QUEUE_SHARDS = 3;
    private static final int LIVE_MAX = 4_000;
    private static final int REFUSALS = 20;

    private final Random random;
    private final LogModel model;
    private final HandTurnedLog log;
    private final List<Shared> bodies = new ArrayList<>();
    private int refused;

    /** A body that has not been released. */
    private record Shared(int shard, long body) {}

    RandomLoad(Random random, LogModel model, HandTurnedLog log) {
        this.random = random;
        this.model = model;
        this.log = log;
    }

    /** One thing that happens to a broker whose consumers keep pace. */
    void step() throws IOException {
        step(random.nextInt(100));
    }

    /** Mostly messages, until the disk has been full for as long as it took to refuse some; false when it never was. */
    boolean fill(int stepsMax) throws IOException {
        int refusedBeforeFull = refused;
        for (int step = 0; step < stepsMax && refused < refusedBeforeFull + REFUSALS; step++) {
            step(random.nextInt(6) == 0 ? random.nextInt(100) : 20 + 60 * random.nextInt(2));
            if (!log.log.space().isFull()) {
                refusedBeforeFull = refused;
            }
        }
        return refused >= refusedBeforeFull + REFUSALS;
    }

    private void step(int dice) throws IOException {
        int shard = 1 + random.nextInt(QUEUE_SHARDS);
        if (dice < 4) {
            fanOut(shard);
        } else if (dice < 6) {
            fanOutFurther();
        } else if (dice < 40) {
            append(shard, Records.message(size(), random.nextInt()));
        } else if (dice < 65) {
            remove(shard, 8);
        } else if (dice < 70) {
            returnOne(shard);
        } else if (dice < 72) {
            annotateOne(shard);
        } else if (dice < 74) {
            append(shard, Records.noted("ids " + random.nextInt(1000)));
        } else if (dice < 77) {
            append(0, Records.stored("q" + random.nextInt(5), "v" + random.nextInt(1000)));
        } else if (dice < 79) {
            append(0, Records.dropped("q" + random.nextInt(5)));
        } else {
            log.turn();
        }
        if (liveOf(shard).size() > LIVE_MAX) {
            remove(shard, LIVE_MAX / 2);
        }
    }

    /** Consumes all there is, a little at a time. */
    void drain() throws IOException {
        for (int shard = 1; shard <= QUEUE_SHARDS; shard++) {
            for (int left = removableOf(shard).size();
                    left > 0;
                    left = removableOf(shard).size()) {
                remove(shard, 8);
                log.turn();
                log.log.lookForRoom();
            }
        }
        for (Shared each : bodies) {
            log.release(each.shard(), each.body());
        }
        bodies.clear();
        log.turnUntilIdle();
        log.log.lookForRoom();
    }

    /** A body, and messages that share it; more may follow. */
    private void fanOut(int shard) {
        long body = append(shard, Records.body(size(), random.nextInt()));
        if (body > 0) {
            var shared = new Shared(shard, body);
            for (int copies = random.nextInt(4); copies > 0; copies--) {
                copy(shared);
            }
            bodies.add(shared);
        }
    }

    private void fanOutFurther() {
        if (!bodies.isEmpty()) {
            Shared shared = bodies.get(random.nextInt(bodies.size()));
            if (random.nextBoolean()) {
                copy(shared);
            } else {
                bodies.remove(shared);
                log.release(shared.shard(), shared.body());
            }
        }
    }

    private void copy(Shared shared) {
        long waits = random.nextInt(5) == 0 ? 1 + random.nextInt(1_000) : JournalRecord.MessageEnqueued.AT_ONCE;
        append(
                shared.shard(),
                new JournalRecord.CopyEnqueued(Records.QUEUE, 100_000, random.nextInt(1 << 16), waits, shared.body()));
    }

    private int size() {
        int dice = random.nextInt(100);
        if (dice < 85) {
            return random.nextInt(900);
        }
        return random.nextInt(dice < 99 ? 9_000 : 30_000);
    }

    /** Its index, or 0 where there is no room. */
    private long append(int shard, JournalRecord record) {
        DiskSpace space = log.log.space();
        boolean intake = !(record instanceof JournalRecord.MessagesRemoved)
                && !(record instanceof JournalRecord.MessageReturned)
                && !(record instanceof JournalRecord.MessageAnnotated)
                && !(record instanceof JournalRecord.QueueNoted)
                && !(record instanceof JournalRecord.DefinitionRemoved);
        long pendingBytes = log.log.pendingBytes() + new RecordSize().of(record);
        if (space.isExhausted() || (intake && (space.isFull() || pendingBytes > space.intakeRoomBytes()))) {
            assertThat(space.isFull() || log.log.pendingBytes() > 0)
                    .as("%d bytes refused, though nothing waits and the disk is not full", pendingBytes)
                    .isTrue();
            refused++;
            return 0;
        }
        long index = log.append(shard, record);
        model.onAppended(shard, index, record);
        return index;
    }

    /** Mostly the oldest, as queues do, but some stay for long. */
    private void remove(int shard, int countMax) {
        List<Long> live = removableOf(shard);
        if (live.isEmpty()) {
            return;
        }
        int count = 1 + random.nextInt(Math.min(live.size(), countMax));
        var chosen = new long[count];
        for (int i = 0; i < count; i++) {
            chosen[i] = live.remove(random.nextInt(Math.max(1, live.size() * 2 / 3)));
        }
        append(shard, Records.removed(chosen));
    }

    private void returnOne(int shard) {
        List<Long> live = liveOf(shard);
        if (!live.isEmpty()) {
            append(shard, Records.returned(live.get(random.nextInt(live.size())), 1 + random.nextInt(9)));
        }
    }

    private void annotateOne(int shard) {
        List<Long> live = liveOf(shard);
        if (!live.isEmpty()) {
            append(
                    shard,
                    Records.annotated(live.get(random.nextInt(live.size())), "because of " + random.nextInt(1000)));
        }
    }

    /** Messages, and what queues have written down. */
    private List<Long> removableOf(int shard) {
        List<Long> removable = liveOf(shard);
        var state = model.state().get(shard);
        if (state != null) {
            removable.addAll(state.notes().keySet());
            Collections.sort(removable);
        }
        return removable;
    }

    private List<Long> liveOf(int shard) {
        var state = model.state().get(shard);
        return state == null
                ? new ArrayList<>()
                : new ArrayList<>(state.messages().keySet());
    }
}
