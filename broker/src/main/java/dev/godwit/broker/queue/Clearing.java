package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Takes out of a queue what nobody is to be given: some because there is too much, or all because somebody purges it or because
 * it is no more; all in slices between other work of the loop, and never more at once than one record of removals should hold. Owned by the queue's loop; lives as long as the queue.
 */
final class Clearing {
    /** Messages that are removed in one go. */
    private static final int CLEARED_MAX = 10_000;

    /** What the queue does with what is cleared away. */
    interface Leaving {
        /** A message that had come back is gone from there. */
        void onClearedReturned(QueueEntry entry);

        /** A message is gone from the line. */
        void onClearedInLine(QueueEntry entry);

        /** A message that waited for its time is gone from there. */
        void onClearedDelayed(QueueEntry entry);

        /** There are removals to be written at the end of the turn. */
        void onRemovalsPending();
    }

    /** A message that waits for its time is to be removed. */
    private record Cancel(ScheduledMessage.Id id, LongConsumer whenSafe) {}

    private final EventLoop owner;
    private final Lanes lanes;
    private final DelayedMessages delayed;
    private final DeferredMessages deferred;
    private final DamagedMessages damaged;
    private final Removals removals;
    private final Leaving leaving;
    private final List<Cancel> cancels = new ArrayList<>();

    Clearing(
            EventLoop owner,
            Lanes lanes,
            DelayedMessages delayed,
            DeferredMessages deferred,
            DamagedMessages damaged,
            Removals removals,
            Leaving leaving) {
        this.owner = owner;
        this.lanes = lanes;
        this.delayed = delayed;
        this.deferred = deferred;
        this.damaged = damaged;
        this.removals = removals;
        this.leaving = leaving;
    }

    /** Clears the oldest of the lowest priority away that nobody has; false when there is none. */
    boolean clearLeast() {
        var lane = lanes.firstToDrop();
        if (lane == null) {
            return clearDelayed() || clearDeferred();
        }
        var back = lane.returned().next(0);
        if (back != null && !lane.isOvertaken(back)) {
            lane.returned().remove(back);
            leaving.onClearedReturned(back);
            return true;
        }
        var entry = lane.line().takeOutFirst();
        if (entry == null) {
            return false;
        }
        leaving.onClearedInLine(entry);
        return true;
    }

    private boolean clearDelayed() {
        var entry = delayed.takeOutFirst();
        if (entry != null) {
            leaving.onClearedDelayed(entry);
        }
        return entry != null;
    }

    private boolean clearDeferred() {
        var entry = deferred.takeOutFirst();
        if (entry != null) {
            leaving.onClearedDelayed(entry);
        }
        return entry != null;
    }

    /** The queue was deleted: all that is here goes, also what cannot be read. */
    void end() {
        damaged.onQueueDeleted();
        for (var lane : lanes.inUse()) {
            for (var left = lane.returned().iterator(); left.hasNext(); ) {
                var entry = left.next();
                left.remove();
                leaving.onClearedReturned(entry);
            }
        }
        endLines();
    }

    private void endLines() {
        if (!hasRoom()) {
            // The journal is full: as much waits as one record should hold.
            owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, this::endLines);
            return;
        }
        for (int cleared = 0; cleared < CLEARED_MAX; cleared++) {
            if (!endNext()) {
                return;
            }
        }
        owner.execute(this::endLines);
    }

    private boolean endNext() {
        for (var lane : lanes.inUse()) {
            var entry = lane.line().takeOutFirst();
            if (entry != null) {
                leaving.onClearedInLine(entry);
                return true;
            }
        }
        if (clearDelayed() || clearDeferred()) {
            return true;
        }
        boolean removed = damaged.removeNext();
        if (removed) {
            leaving.onRemovalsPending();
        }
        return removed;
    }

    /** False while as much waits to be removed as one record should hold. */
    boolean hasRoom() {
        return removals.pending() < CLEARED_MAX;
    }

    /**
     * Removes the messages that are here now and nobody has.
     *
     * @param whenSafe told how many they were, when that is on stable storage
     */
    void purge(LongConsumer whenSafe) {
        new Purge(lanes, delayed.size() + deferred.size(), new PurgeWork(whenSafe, true)).goOn();
    }

    /**
     * Removes the messages that wait for their time now.
     *
     * @param whenSafe told how many they were, when that is on stable storage
     */
    void cancelDelayed(LongConsumer whenSafe) {
        new Purge(null, delayed.size(), new PurgeWork(whenSafe, false)).goOn();
    }

    /** The same for one of them, if it still waits. What is asked meanwhile is looked for in the same pass. */
    void cancelDelayed(ScheduledMessage.Id id, LongConsumer whenSafe) {
        cancels.add(new Cancel(id, whenSafe));
        if (cancels.size() == 1) {
            owner.execute(this::cancelAsked);
        }
    }

    private void cancelAsked() {
        var asked = List.copyOf(cancels);
        cancels.clear();
        var found = delayed.takeOut(asked.stream().map(Cancel::id).toList());
        for (var cancel : asked) {
            var entry = found.remove(cancel.id());
            if (entry != null) {
                leaving.onClearedDelayed(entry);
            }
            new PurgeWork(cancel.whenSafe(), false).onDone(entry == null ? 0 : 1);
        }
    }

    private final class PurgeWork implements Purge.Work {
        private final LongConsumer whenSafe;

        /** What was laid aside goes, too. */
        private final boolean deferredToo;

        PurgeWork(LongConsumer whenSafe, boolean deferredToo) {
            this.whenSafe = whenSafe;
            this.deferredToo = deferredToo;
        }

        @Override
        public void removeReturned(QueueEntry entry) {
            leaving.onClearedReturned(entry);
        }

        @Override
        public void removeFromLine(QueueEntry entry) {
            leaving.onClearedInLine(entry);
        }

        @Override
        public boolean removeDelayed() {
            return clearDelayed() || (deferredToo && clearDeferred());
        }

        @Override
        public boolean hasRoom() {
            return Clearing.this.hasRoom();
        }

        @Override
        public void later(Runnable next) {
            if (hasRoom()) {
                owner.execute(next);
            } else {
                owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, next);
            }
        }

        @Override
        public void onDone(long messages) {
            removals.whenSafe(() -> whenSafe.accept(messages));
            leaving.onRemovalsPending();
        }
    }
}
