package dev.godwit.broker.queue;

import java.util.Arrays;

/**
 * What stands first in each lane for the consumers that take whatever is first. Owned by the queue's loop; lives as long as
 * the queue.
 */
final class RotationHeads implements LaneTurns.Heads {
    /** So often it is asked in one round whether a consumer may have a message that came back. */
    static final int PASSES_MAX = 10_000;

    private static final long NOT_BEGUN = -1;

    private final ConsumerRotation rotation;

    /** By lane: how far this round has looked through what came back. */
    private final long[] places = new long[PriorityRules.LEVELS];

    private boolean haveBegun;

    /** By lane, a bit: what stands first has come back. */
    private int comeBack;

    private int passesLeft;

    RotationHeads(ConsumerRotation rotation) {
        this.rotation = rotation;
        Arrays.fill(places, NOT_BEGUN);
    }

    /** Begins a round. What comes back during it waits for the next. */
    void begin() {
        passesLeft = PASSES_MAX;
        comeBack = 0;
        if (haveBegun) {
            haveBegun = false;
            Arrays.fill(places, NOT_BEGUN);
        }
    }

    @Override
    public Sight look(Lane lane) {
        comeBack &= ~bit(lane);
        if (!lane.returned().isEmpty()) {
            var seen = lookAtReturned(lane);
            if (seen != Sight.END) {
                return seen;
            }
        }
        var line = lane.line();
        if (line.peek() != null) {
            return Sight.FOUND;
        }
        if (line.isEmpty()) {
            return Sight.END;
        }
        line.readAhead();
        return line.peek() == null ? Sight.WAITS : Sight.FOUND;
    }

    /** The first that came back and may be given to somebody, unless there are older ones in line. */
    private Sight lookAtReturned(Lane lane) {
        var returned = lane.returned();
        for (var entry = returned.next(place(lane)); entry != null; entry = returned.next(place(lane))) {
            if (lane.isOvertaken(entry)) {
                return Sight.END;
            }
            if (rotation.hasTakerFor(entry)) {
                if (!entry.isAtHand()) {
                    // Whatever is younger waits until this one has been read.
                    returned.readFrom(entry);
                    return Sight.WAITS;
                }
                comeBack |= bit(lane);
                return Sight.FOUND;
            }
            rotation.retainTakers();
            if (rotation.isEmpty()) {
                return Sight.END;
            }
            rotation.pass(lane.places(), place(lane), entry.sequence());
            places[lane.number()] = entry.sequence() + 1;
            passesLeft -= rotation.size();
            if (passesLeft <= 0) {
                return Sight.TIRED;
            }
        }
        return Sight.END;
    }

    private long place(Lane lane) {
        long place = places[lane.number()];
        if (place == NOT_BEGUN) {
            place = rotation.returnedPlace(lane.places());
            haveBegun = true;
            places[lane.number()] = place;
        }
        return place;
    }

    @Override
    public boolean isSure() {
        return true;
    }

    @Override
    public QueueEntry first(Lane lane) {
        var first = isReturned(lane)
                ? lane.returned().next(place(lane))
                : lane.line().peek();
        if (first == null) {
            throw new IllegalStateException("nothing was found in lane " + lane.number());
        }
        return first;
    }

    /** True when what the last look has found had come back. */
    boolean isReturned(Lane lane) {
        return (comeBack & bit(lane)) != 0;
    }

    private static int bit(Lane lane) {
        return 1 << lane.number();
    }
}
