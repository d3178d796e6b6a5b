package dev.godwit.broker.queue;

import dev.godwit.broker.policy.PriorityMode;
import org.jspecify.annotations.Nullable;

/**
 * Which priority's turn it is, for some who take messages of one queue. Owned by the queue's loop; lives as long as they
 * are there.
 */
final class LaneTurns {
    /** What stands first in each lane for them. */
    interface Heads {
        /** Whether there is something, and whether it can be given now. */
        Sight look(Lane lane);

        /** True when a lane that {@link Sight#WAITS} has something for them, false when it may have. */
        boolean isSure();

        /** What the last look at the lane has found. */
        QueueEntry first(Lane lane);
    }

    private final Lanes lanes;
    private final boolean looking;

    /** How it was that there was nothing to give. */
    private Sight sight = Sight.END;

    /** By lane: what each is owed, in parts of a turn. Of weighted turns. */
    private long @Nullable [] owed;

    /** By lane, which had something to give, perhaps to be read first, when the turn was decided. Of weighted turns. */
    private int candidates;

    /** By lane, which were in use when the last turn was decided. Of weighted turns. */
    private int lastPresent;

    /** The lane that was chosen because its message has waited too long; null for none. Of aged turns. */
    private @Nullable Lane overdue;

    private boolean lastWasOverdue;
    private int lastOverdueNumber;

    private LaneTurns(Lanes lanes, boolean looking) {
        this.lanes = lanes;
        this.looking = looking;
    }

    static LaneTurns ofTakers(Lanes lanes) {
        return new LaneTurns(lanes, false);
    }

    /** For somebody who wants to see what is there, in order: to him no priority owes a turn. */
    static LaneTurns ofLooks(Lanes lanes) {
        return new LaneTurns(lanes, true);
    }

    /** The lane whose turn it is; null when there is none: see {@link #sight}. */
    @Nullable
    Lane next(Heads heads, long nowMillis) {
        var only = lanes.only();
        if (only != null) {
            // Who has nothing to give saves no turns up, and nobody owes him any.
            owed = null;
            return known(only, heads.look(only));
        }
        return switch (lanes.rules().mode()) {
            case NONE -> oldest(heads);
            case STRICT -> highest(heads);
            case WEIGHTED -> looking ? highest(heads) : byWeight(heads);
            case AGED -> looking ? highest(heads) : byAge(heads, nowMillis);
        };
    }

    /** Why {@link #next} had none. */
    Sight sight() {
        return sight;
    }

    private @Nullable Lane known(Lane lane, Sight seen) {
        sight = seen;
        return seen == Sight.FOUND ? lane : null;
    }

    /** The message of this lane was given to somebody. */
    void onTaken(Lane lane) {
        if (lanes.only() != null) {
            return;
        }
        var mode = lanes.rules().mode();
        if (mode == PriorityMode.WEIGHTED) {
            settle(lane);
        } else if (mode == PriorityMode.AGED) {
            lastWasOverdue = overdue == lane;
            if (lastWasOverdue) {
                lastOverdueNumber = lane.number();
            }
        }
    }

    private @Nullable Lane highest(Heads heads) {
        for (int i = 0; i < lanes.inUse().size(); i++) {
            var lane = lanes.inUse().get(i);
            var seen = heads.look(lane);
            if (seen != Sight.END) {
                return known(lane, seen);
            }
        }
        sight = Sight.END;
        return null;
    }

    private @Nullable Lane oldest(Heads heads) {
        sight = Sight.END;
        Lane found = null;
        QueueEntry foundFirst = null;
        for (int i = 0; i < lanes.inUse().size(); i++) {
            var lane = lanes.inUse().get(i);
            var seen = heads.look(lane);
            if (seen == Sight.FOUND) {
                var first = heads.first(lane);
                if (foundFirst == null || first.cameBefore(foundFirst)) {
                    found = lane;
                    foundFirst = first;
                }
            } else if (seen != Sight.END) {
                // It may be older than all that is known.
                sight = sight == Sight.TIRED ? sight : seen;
            }
        }
        return sight == Sight.END && found != null ? known(found, Sight.FOUND) : null;
    }

    /** Smooth weighted round robin: each lane is owed its weight, and who gets the turn owes the sum. */
    private @Nullable Lane byWeight(Heads heads) {
        var debts = owed();
        sight = Sight.END;
        candidates = 0;
        Lane found = null;
        var foundSight = Sight.END;
        long most = 0;
        int present = 0;
        for (int i = 0; i < lanes.inUse().size(); i++) {
            var lane = lanes.inUse().get(i);
            present |= 1 << lane.number();
            var seen = heads.look(lane);
            if (seen == Sight.FOUND || (seen == Sight.WAITS && heads.isSure())) {
                candidates |= 1 << lane.number();
                long claim = debts[lane.number()] + weight(lane);
                if (found == null || claim > most) {
                    found = lane;
                    foundSight = seen;
                    most = claim;
                }
            } else if (seen == Sight.END) {
                // Who has nothing to give saves no turns up.
                debts[lane.number()] = 0;
            } else {
                sight = sight == Sight.TIRED ? sight : seen;
            }
        }
        forgetAbsent(debts, present);
        return found == null ? null : known(found, foundSight);
    }

    /** The same for lanes that are out of use. */
    private void forgetAbsent(long[] debts, int present) {
        if (present != lastPresent) {
            lastPresent = present;
            for (int number = 0; number < debts.length; number++) {
                debts[number] = (present & 1 << number) == 0 ? 0 : debts[number];
            }
        }
    }

    private void settle(Lane taken) {
        var debts = owed();
        long sum = 0;
        for (int i = 0; i < lanes.inUse().size(); i++) {
            var lane = lanes.inUse().get(i);
            if ((candidates & 1 << lane.number()) != 0) {
                debts[lane.number()] += weight(lane);
                sum += weight(lane);
            }
        }
        debts[taken.number()] -= sum;
    }

    private long[] owed() {
        if (owed == null) {
            owed = new long[PriorityRules.LEVELS];
        }
        return owed;
    }

    private long weight(Lane lane) {
        return lanes.rules().weight(lane.priority());
    }

    /**
     * The highest first. Every second turn belongs to those below whose message has waited too long, to one lane after
     * the other: so even when all wait for long because there is too much of everything, the higher ones keep half.
     */
    private @Nullable Lane byAge(Heads heads, long nowMillis) {
        overdue = null;
        var highest = highest(heads);
        if (highest == null && sight != Sight.WAITS) {
            return null;
        }
        if (!lastWasOverdue || highest == null) {
            overdue = nextOverdue(heads, highest, nowMillis);
            if (overdue != null) {
                return overdue;
            }
        }
        return highest;
    }

    private @Nullable Lane nextOverdue(Heads heads, @Nullable Lane highest, long nowMillis) {
        int size = lanes.inUse().size();
        int start = 0;
        while (start < size && lanes.inUse().get(start).number() <= lastOverdueNumber) {
            start++;
        }
        for (int i = 0; i < size; i++) {
            var lane = lanes.inUse().get((start + i) % size);
            if ((highest == null || lane.number() > highest.number())
                    && heads.look(lane) == Sight.FOUND
                    && lanes.hasWaitedTooLong(heads.first(lane), nowMillis)) {
                return lane;
            }
        }
        return null;
    }
}
