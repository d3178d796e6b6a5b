package dev.godwit.broker.queue;

import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is in one lane among the keys that share a queue's consumers: a {@link Cursor} for each class of keys, one
 * message after the other. Owned by the queue's loop, as part of {@link LaneCursors}.
 */
final class FairTurns {
    private final Lane lane;
    private final FairShare share;
    private final IntFunction<Cursor> opening;
    private final @Nullable Cursor[] cursors = new Cursor[FairShare.CLASSES];

    /** The class whose message was found, and whose was given last. */
    private int chosen;

    private int last;

    /** @param opening makes the cursor for a class */
    FairTurns(Lane lane, FairShare share, IntFunction<Cursor> opening) {
        this.lane = lane;
        this.share = share;
        this.opening = opening;
    }

    boolean isOf(FairShare now) {
        return share == now;
    }

    private Cursor cursor(int number) {
        var known = cursors[number];
        if (known == null) {
            known = opening.apply(number);
            cursors[number] = known;
        }
        return known;
    }

    /** The one that has found something. */
    Cursor chosen() {
        return cursor(chosen);
    }

    /** The one that a message of this place belongs to; null when it is not known yet. */
    @Nullable
    Cursor at(long sequence) {
        var back = lane.returned().at(sequence);
        int number = back == null ? line(lane).classAt(sequence) : share.knownClassOf(back);
        return number < 0 ? null : cursor(number);
    }

    /** The first place, of whatever key, that was not passed, if there is a message; {@link Long#MAX_VALUE} when there is none. */
    long firstPlace() {
        long first = Long.MAX_VALUE;
        for (int number = 0; number < FairShare.CLASSES; number++) {
            if (mayHave(number)) {
                first = Math.min(first, cursor(number).place());
            }
        }
        var index = lane.line().index();
        return index != null && index.unknown() > 0 ? Math.min(first, index.nextUnknown(0)) : first;
    }

    private static FairLine line(Lane lane) {
        var index = lane.line().index();
        var line = index == null ? null : index.fair();
        if (line == null) {
            throw new IllegalStateException("lane " + lane.number() + " knows no keys");
        }
        return line;
    }

    /** Goes on to the next message that is wanted, of the key whose turn it is. */
    Sight find(Effort effort) {
        long before;
        Sight found;
        do {
            // What came back may turn out, as it is looked at, to be of a class that nobody has looked for.
            before = share.used();
            found = findOnce(effort);
        } while (found == Sight.END && share.used() != before);
        return found;
    }

    private Sight findOnce(Effort effort) {
        var best = hasUnknown() ? Sight.WAITS : Sight.END;
        for (int i = 1; i <= FairShare.CLASSES; i++) {
            int number = (last + i) % FairShare.CLASSES;
            if (!mayHave(number)) {
                continue;
            }
            var seen = cursor(number).find(effort);
            if (seen == Sight.FOUND) {
                chosen = number;
                return seen;
            }
            if (seen == Sight.TIRED) {
                return seen;
            }
            best = seen == Sight.WAITS ? seen : best;
        }
        return best;
    }

    /** Of some messages it is not known yet whose they are. */
    private boolean hasUnknown() {
        var index = lane.line().index();
        return index != null && index.unknown() > 0;
    }

    private boolean mayHave(int number) {
        return line(lane).has(number)
                || (share.isUsed(number) && !lane.returned().isEmpty());
    }

    /** What was found has been given to somebody. */
    void onTaken() {
        last = chosen;
    }

    void forEach(Consumer<Cursor> what) {
        for (var cursor : cursors) {
            if (cursor != null) {
                what.accept(cursor);
            }
        }
    }

    /** True when there is something that was not looked at, or is wanted. */
    boolean hasMore() {
        if (hasUnknown()) {
            return true;
        }
        for (int number = 0; number < FairShare.CLASSES; number++) {
            if (mayHave(number) && cursor(number).hasMore()) {
                return true;
            }
        }
        return false;
    }
}
