package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How far somebody has looked through a queue: a {@link Cursor} for each of its lanes, since a message of a higher priority
 * may come when he is far behind its place; where keys share the queue's consumers, one for each class of keys
 * ({@link FairTurns}). Owned by the queue's loop.
 */
final class LaneCursors implements LaneTurns.Heads {
    /** By so much less is read ahead for each of several keys. */
    private static final int SHARERS = 8;

    private final Lanes lanes;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final Runnable wake;
    private final @Nullable MessageFilter filter;
    private final boolean heads;
    private final boolean inTurns;
    private final @Nullable Cursor[] cursors = new Cursor[PriorityRules.LEVELS];

    /** By lane; null as long as keys do not share. */
    private @Nullable FairTurns @Nullable [] turns;

    private Effort effort;

    /**
     * @param wake posts a turn of the queue
     * @param heads of large messages the beginning is wanted, whatever the filter
     * @param effort what looks may cost before the first {@link #begin}
     * @param inTurns one key after the other is looked for, where keys share
     */
    LaneCursors(
            Lanes lanes,
            QueueLog journal,
            MessageMemory memory,
            Runnable wake,
            @Nullable MessageFilter filter,
            boolean heads,
            Effort effort,
            boolean inTurns) {
        this.lanes = lanes;
        this.journal = journal;
        this.memory = memory;
        this.wake = wake;
        this.filter = filter;
        this.heads = heads;
        this.effort = effort;
        this.inTurns = inTurns;
    }

    /** Where keys share, the one of the key whose turn it is. */
    Cursor of(Lane lane) {
        var share = turnsOf(lane);
        return share == null ? only(lane) : share.chosen();
    }

    private Cursor only(Lane lane) {
        var cursor = cursors[lane.number()];
        if (cursor == null) {
            cursor = open(lane, LineSearch.ALL_CLASSES);
            cursors[lane.number()] = cursor;
        }
        return cursor;
    }

    private Cursor open(Lane lane, int number) {
        var search = new LineSearch(lane.line(), filter, number);
        int sharers = number == LineSearch.ALL_CLASSES ? 1 : SHARERS;
        var ahead = new ReadAhead(lane.line(), search, journal, memory, wake, sharers);
        return new Cursor(lane.line(), lane.returned(), filter, search, ahead, heads);
    }

    /** Null where keys do not share. */
    private @Nullable FairTurns turnsOf(Lane lane) {
        var share = inTurns ? lanes.fair() : null;
        if (share == null) {
            return null;
        }
        var all = turns;
        if (all == null) {
            all = new FairTurns[PriorityRules.LEVELS];
            turns = all;
        }
        var known = all[lane.number()];
        if (known == null || !known.isOf(share)) {
            known = new FairTurns(lane, share, number -> open(lane, number));
            all[lane.number()] = known;
        }
        return known;
    }

    /** What the next looks may cost. */
    void begin(Effort looks) {
        effort = looks;
    }

    @Override
    public Sight look(Lane lane) {
        var share = turnsOf(lane);
        return share == null ? only(lane).find(effort) : share.find(effort);
    }

    /** What was found in that lane has been given to somebody. */
    void onTaken(Lane lane) {
        var share = turnsOf(lane);
        if (share != null) {
            share.onTaken();
        }
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

    private void forEachAt(long sequence, Consumer<Cursor> what) {
        forEachOf(Lane.numberIn(sequence), what);
    }

    private void forEachOf(int number, Consumer<Cursor> what) {
        var cursor = cursors[number];
        if (cursor != null) {
            what.accept(cursor);
        }
        var share = turns == null ? null : turns[number];
        if (share != null) {
            share.forEach(what);
        }
    }

    private void forEach(Consumer<Cursor> what) {
        for (int number = 0; number < PriorityRules.LEVELS; number++) {
            forEachOf(number, what);
        }
    }

    /** A message came back: it may be looked at again. */
    void onReturned(long sequence) {
        var cursor = cursors[Lane.numberIn(sequence)];
        if (cursor != null) {
            cursor.onReturned(sequence);
        }
        if (turns != null) {
            forEachAt(sequence, each -> each.onReturned(sequence));
        }
    }

    /** A message left its line, and stands among those that came back although nobody has had it. */
    void onSteppedAside(long sequence) {
        forEachAt(sequence, cursor -> cursor.onSteppedAside(sequence));
    }

    /** Somebody else may have what was passed in vain. */
    void lookAgain() {
        forEach(Cursor::lookAgain);
    }

    /** True when all up to this message was passed in its lane; where keys share, all of its key. */
    boolean isPassed(long sequence) {
        var lane = lanes.of(sequence);
        var share = turnsOf(lane);
        var cursor = share == null ? only(lane) : share.at(sequence);
        return cursor != null && sequence < cursor.place();
    }

    /**
     * True when a message that is here stands before all that was not passed; where keys share, of its lane only before
     * those of its key.
     */
    boolean isPassedAndBeforeOthers(long sequence) {
        var own = lanes.of(sequence);
        for (var lane : lanes.inUse()) {
            var share = turnsOf(lane);
            long place;
            if (share == null) {
                place = only(lane).place();
            } else if (lane == own) {
                var cursor = share.at(sequence);
                if (cursor == null) {
                    return false;
                }
                place = cursor.place();
            } else {
                place = share.firstPlace();
            }
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
        turns = null;
    }

    /** True when there is something that was not looked at, or is wanted. */
    boolean hasMore() {
        for (var lane : lanes.inUse()) {
            var share = turnsOf(lane);
            if (share == null ? only(lane).hasMore() : share.hasMore()) {
                return true;
            }
        }
        return false;
    }

    /** Nobody waits for what was read ahead: it can be read again. */
    void letGo() {
        forEach(Cursor::letGo);
    }
}
