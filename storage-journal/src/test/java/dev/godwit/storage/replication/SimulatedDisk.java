package dev.godwit.storage.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.LongConsumer;

/**
 * The journal of a node, for one shard: writes that are on stable storage, and those that a crash would lose. Syncs take
 * their time, one after the other, each for all that was written by then.
 */
final class SimulatedDisk {
    sealed interface Write {}

    record HardStateWrite(HardState hardState) implements Write {}

    record EntryWrite(LogEntry entry) implements Write {}

    record TruncationWrite(long fromIndex) implements Write {}

    record CheckpointWrite(Checkpoint checkpoint) implements Write {}

    private record Pending(long sequence, List<? extends Write> writes) {}

    private final VirtualTime time;
    private final Random random;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final List<Write> log = new ArrayList<>();
    private HardState hardState = HardState.NEW;
    private boolean damaged;
    private boolean syncing;
    private boolean failing;
    private int life;
    private int slowness = 1;

    SimulatedDisk(VirtualTime time, Random random) {
        this.time = time;
        this.random = random;
    }

    HardState hardState() {
        return hardState;
    }

    /** The log had been longer on stable storage, and no hard state says so yet. */
    boolean isDamaged() {
        return damaged;
    }

    List<Write> log() {
        return log;
    }

    void slowDown(int factor) {
        slowness = factor;
    }

    /** Whether all that was written is on stable storage. */
    boolean isIdle() {
        return pending.isEmpty();
    }

    /** The next sync fails. */
    void failNextSync() {
        failing = true;
    }

    void write(long sequence, List<? extends Write> writes, LongConsumer onDurable, Runnable onFailed) {
        pending.addLast(new Pending(sequence, writes));
        if (!syncing) {
            sync(onDurable, onFailed);
        }
    }

    private void sync(LongConsumer onDurable, Runnable onFailed) {
        syncing = true;
        int batch = pending.size();
        int thisLife = life;
        time.after((long) (100 + random.nextInt(3_000)) * slowness, () -> {
            if (thisLife == life) {
                onSynced(batch, onDurable, onFailed);
            }
        });
    }

    private void onSynced(int batch, LongConsumer onDurable, Runnable onFailed) {
        syncing = false;
        if (failing) {
            failing = false;
            onFailed.run();
            return;
        }
        long sequence = 0;
        for (int i = 0; i < batch; i++) {
            Pending next = pending.removeFirst();
            sequence = next.sequence();
            next.writes().forEach(this::keep);
        }
        if (!pending.isEmpty()) {
            sync(onDurable, onFailed);
        }
        onDurable.accept(sequence);
    }

    /** What is not synced is gone, and nobody says so. Returns the last of the writes. */
    long forgetUnsynced() {
        long sequence = pending.getLast().sequence();
        pending.clear();
        return sequence;
    }

    private void keep(Write write) {
        if (write instanceof HardStateWrite state) {
            hardState = state.hardState();
            damaged &= !hardState.repairing();
        } else {
            log.add(write);
        }
    }

    /** The process ends: of what was not synced, the first part may be there. */
    void crash() {
        life++;
        syncing = false;
        failing = false;
        if (random.nextBoolean()) {
            List<Write> torn = pending.stream()
                    .<Write>flatMap(next -> next.writes().stream())
                    .toList();
            torn.subList(0, random.nextInt(torn.size() + 1)).forEach(this::keep);
        }
        pending.clear();
    }

    /** A bit of an entry that had been synced is wrong; what comes from there on is given up. False if there is none. */
    boolean flipBit() {
        int entries = 0;
        for (int i = log.size() - 1; i >= 0 && !(log.get(i) instanceof CheckpointWrite); i--) {
            entries++;
        }
        if (entries == 0) {
            return false;
        }
        int bad = log.size() - 1 - random.nextInt(entries);
        log.subList(bad, log.size()).clear();
        damaged = true;
        return true;
    }

    /** Nothing is kept that the last checkpoint stands for, or that was truncated. */
    void compact(Voters first) {
        Recovered recovered = Recovered.of(this, first);
        Checkpoint checkpoint = recovered.checkpoint();
        if (checkpoint != null) {
            log.clear();
            log.add(new CheckpointWrite(checkpoint));
            recovered.entries().forEach(entry -> log.add(new EntryWrite(entry)));
        }
    }
}
