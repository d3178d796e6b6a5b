package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How far somebody has looked through a queue: a {@link Cursor} for each of its lanes, since a message of a higher priority
 * may come when he is far behind its place. Owned by the queue's loop.
 */
final class LaneCursors implements LaneTurns.Heads {
    private final Lanes lanes;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final Runnable wake;
    private final @Nullable MessageFilter filter;
    private final boolean heads;
    private final @Nullable Cursor[] cursors = new Cursor[PriorityRules.LEVELS];
    private Effort effort;

    /**
     * @param wake posts a turn of the queue
     * @param heads of large messages the beginning is wanted, whatever the filter
     * @param effort what looks may cost before the first {@link #begin}
     */
    LaneCursors(
            Lanes lanes,
            QueueLog journal,
            MessageMemory memory,
            Runnable wake,
            @Nullable MessageFilter filter,
            boolean heads,
            Effort effort) {
        this.lanes = lanes;
        this.journal = journal;
        this.memory = memory;
        this.wake = wake;
        this.filter = filter;
        this.heads = heads;
        this.effort = effort;
    }

    Cursor of(Lane lane) {
        var cursor = cursors[lane.number()];
        if (cursor == null) {
            var search = new LineSearch(lane.line(), filter);
            var ahead = new ReadAhead(lane.line(), search, journal, memory, wake);
            cursor = new Cursor(lane.line(), lane.returned(), filter, search, ahead, heads);
            cursors[lane.number()] = cursor;
        }
        return cursor;
    }

    /** What the next looks may cost. */
    void begin(Effort looks) {
        effort = looks;
    }

    @Override
    public Sight look(Lane lane) {
        return of(lane).find(effort);
    }

    @Override
    public boolean isSure() {
        return false;
    }

    @Override
    public QueueEntry first(Lane lane) {
        var cursor = of(lane);
        var back = cursor.returned();
        if (back != null) {
            return back;
        }
        var entry = lane.line().inMemory(cursor.sequence());
        if (entry != null) {
            return entry;
        }
        var read = lane.line().entryOf(cursor.sequence(), cursor.message());
        if (read.large() == null) {
            read.waitSince(cursor.waitsSinceMillis());
        }
        return read;
    }

    private @Nullable Cursor at(long sequence) {
        return cursors[Lane.numberIn(sequence)];
    }

    /** A message came back: it may be looked at again. */
    void onReturned(long sequence) {
        var cursor = at(sequence);
        if (cursor != null) {
            cursor.onReturned(sequence);
        }
    }

    /** A message left its line, and stands among those that came back although nobody has had it. */
    void onSteppedAside(long sequence) {
        var cursor = at(sequence);
        if (cursor != null) {
            cursor.onSteppedAside(sequence);
        }
    }

    /** Somebody else may have what was passed in vain. */
    void lookAgain() {
        for (var cursor : cursors) {
            if (cursor != null) {
                cursor.lookAgain();
            }
        }
    }

    /** True when all up to this message was passed in its lane. */
    boolean isPassed(long sequence) {
        return sequence < of(lanes.of(sequence)).place();
    }

    /** True when a message that is here stands before all that was not passed. */
    boolean isPassedAndBeforeOthers(long sequence) {
        for (var lane : lanes.inUse()) {
            long place = of(lane).place();
            if (place != Long.MAX_VALUE && !lanes.comesBefore(sequence, place)) {
                return false;
            }
        }
        return true;
    }

    /** Begins anew with all that is there. */
    void startAgain() {
        letGo();
        Arrays.fill(cursors, null);
    }

    /** True when there is something that was not looked at, or is wanted. */
    boolean hasMore() {
        for (var lane : lanes.inUse()) {
            if (of(lane).hasMore()) {
                return true;
            }
        }
        return false;
    }

    /** Nobody waits for what was read ahead: it can be read again. */
    void letGo() {
        for (var cursor : cursors) {
            if (cursor != null) {
                cursor.letGo();
            }
        }
    }
}
