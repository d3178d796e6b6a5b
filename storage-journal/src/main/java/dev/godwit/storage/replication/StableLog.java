package dev.godwit.storage.replication;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What a replica keeps: its promises and its log, and how much of both is on stable storage. Owned by its {@link Replica}.
 *
 * <p>What is written here holds at once for the replica itself, and for others when it is durable.
 */
final class StableLog {
    /** With the write {@code sequence} the log is on stable storage up to {@code lastIndex}. */
    private record Mark(long sequence, long lastIndex) {}

    private final ReplicaEffects effects;
    private final LogOutline outline;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private HardState hardState;
    private long hardStateSequence;
    private long lastSequence;
    private long durableSequence;
    private long durableIndex;

    StableLog(HardState hardState, LogOutline outline, ReplicaEffects effects) {
        this.hardState = hardState;
        this.outline = outline;
        this.effects = effects;
        durableIndex = outline.lastIndex();
    }

    HardState hardState() {
        return hardState;
    }

    /** Where the log ends and what it is made of, durable or not. */
    LogOutline outline() {
        return outline;
    }

    /** Up to here the log as it is now is on stable storage. */
    long durableIndex() {
        return durableIndex;
    }

    long durableSequence() {
        return durableSequence;
    }

    /** The write that has to be durable before anything that hangs on the hard state is told. */
    long hardStateSequence() {
        return hardStateSequence;
    }

    void write(HardState next) {
        if (next.equals(hardState)) {
            return;
        }
        hardState = next;
        hardStateSequence = ++lastSequence;
        effects.writeHardState(hardStateSequence, next);
    }

    void append(List<LogEntry> entries) {
        entries.forEach(outline::append);
        marks.addLast(new Mark(++lastSequence, outline.lastIndex()));
        effects.writeEntries(lastSequence, entries);
    }

    void truncate(long fromIndex) {
        outline.truncate(fromIndex);
        durableIndex = Math.min(durableIndex, fromIndex - 1);
        marks.removeIf(mark -> mark.lastIndex() >= fromIndex);
        marks.addLast(new Mark(++lastSequence, fromIndex - 1));
        effects.writeTruncation(lastSequence, fromIndex, hardState.epoch());
    }

    void install(Checkpoint checkpoint) {
        boolean entriesStay = outline.hasEntry(checkpoint.index(), checkpoint.epoch());
        outline.install(checkpoint);
        if (!entriesStay) {
            durableIndex = 0;
            marks.clear();
        }
        marks.addLast(new Mark(++lastSequence, checkpoint.index()));
        effects.writeCheckpoint(lastSequence, checkpoint, entriesStay);
    }

    /** All writes up to {@code sequence} are on stable storage. */
    void onDurable(long sequence) {
        if (sequence > lastSequence) {
            throw new IllegalStateException("write " + sequence + " of " + lastSequence);
        }
        durableSequence = Math.max(durableSequence, sequence);
        Mark mark = marks.peekFirst();
        while (mark != null && mark.sequence() <= durableSequence) {
            durableIndex = Math.max(durableIndex, mark.lastIndex());
            marks.removeFirst();
            mark = marks.peekFirst();
        }
    }
}
