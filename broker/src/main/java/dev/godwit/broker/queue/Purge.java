package dev.godwit.broker.queue;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a queue what was in it when this began and nobody has, some at a time between other work of the loop: what
 * came back first, then the lines, then what waits for its time. Owned by the queue's loop; lives until that is done.
 */
final class Purge {
    private static final int SLICE_MAX = 10_000;

    /** What the queue does for it. */
    interface Work {
        /** A message that had come back leaves for good. */
        void removeReturned(QueueEntry entry);

        /** A message of the line leaves for good. */
        void removeFromLine(QueueEntry entry);

        /** The next message that waits for its time leaves for good; false when there is none. */
        boolean removeDelayed();

        /** False while as many removals wait for the journal as one record should hold. */
        boolean hasRoom();

        void later(Runnable next);

        void onDone(long messages);
    }

    /** A line, and how many messages were there at the beginning: those that come meanwhile stay. */
    private static final class Stretch {
        private final FreshLine line;
        private long left;

        Stretch(FreshLine line) {
            this.line = line;
            this.left = line.waiting();
        }
    }

    private final @Nullable Lanes lanes;
    private final Work work;
    private final ArrayDeque<Stretch> stretches = new ArrayDeque<>();
    private long delayedLeft;
    private long removed;

    /**
     * Does nothing before it is told to go on.
     *
     * @param lanes null to leave alone what could be given out
     * @param delayed how many wait for their time
     */
    Purge(@Nullable Lanes lanes, long delayed, Work work) {
        this.lanes = lanes;
        this.work = work;
        this.delayedLeft = delayed;
        if (lanes != null) {
            lanes.inUse().forEach(lane -> stretches.add(new Stretch(lane.line())));
        }
    }

    void goOn() {
        if (!work.hasRoom()) {
            work.later(this::goOn);
            return;
        }
        if (removed == 0 && lanes != null) {
            lanes.inUse().forEach(lane -> removeReturned(lane.returned()));
        }
        for (int slice = 0; slice < SLICE_MAX && !isDone(); slice++) {
            if (stretches.isEmpty()) {
                removeDelayed();
            } else {
                removeNext(stretches.getFirst());
            }
        }
        if (isDone()) {
            work.onDone(removed);
        } else {
            work.later(this::goOn);
        }
    }

    private boolean isDone() {
        return stretches.isEmpty() && delayedLeft == 0;
    }

    private void removeDelayed() {
        if (work.removeDelayed()) {
            delayedLeft--;
            removed++;
        } else {
            delayedLeft = 0;
        }
    }

    private void removeNext(Stretch stretch) {
        var entry = stretch.left-- > 0 ? stretch.line.takeOutFirst() : null;
        if (entry == null) {
            stretches.removeFirst();
        } else {
            removed++;
            work.removeFromLine(entry);
        }
    }

    private void removeReturned(ReturnedEntries returned) {
        for (var left = returned.iterator(); left.hasNext(); ) {
            var entry = left.next();
            left.remove();
            removed++;
            work.removeReturned(entry);
        }
    }
}
