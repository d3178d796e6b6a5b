package dev.godwit.broker.queue;

/**
 * Takes out of a queue what was in it when this began and nobody has, some at a time between other work of the loop: what
 * came back first, then the line. Owned by the queue's loop; lives until that is done.
 */
final class Purge {
    private static final int SLICE_MAX = 10_000;

    /** What the queue does for it. */
    interface Work {
        /** A message that had come back leaves for good. */
        void removeReturned(QueueEntry entry);

        /** A message of the line leaves for good. */
        void removeFromLine(QueueEntry entry);

        /** False while as many removals wait for the journal as one record should hold. */
        boolean hasRoom();

        void later(Runnable next);

        void onDone(long messages);
    }

    private final ReturnedEntries returned;
    private final FreshLine line;
    private final Work work;

    /** Messages of the line that were there at the beginning: those that come meanwhile stay. */
    private long leftInLine;

    private long removed;

    Purge(ReturnedEntries returned, FreshLine line, Work work) {
        this.returned = returned;
        this.line = line;
        this.work = work;
        this.leftInLine = line.waiting();
    }

    void goOn() {
        if (!work.hasRoom()) {
            work.later(this::goOn);
            return;
        }
        if (removed == 0) {
            removeReturned();
        }
        for (int slice = 0; slice < SLICE_MAX && leftInLine > 0; slice++) {
            leftInLine--;
            var entry = line.takeOutFirst();
            if (entry == null) {
                leftInLine = 0;
            } else {
                removed++;
                work.removeFromLine(entry);
            }
        }
        if (leftInLine > 0) {
            work.later(this::goOn);
        } else {
            work.onDone(removed);
        }
    }

    private void removeReturned() {
        for (var left = returned.iterator(); left.hasNext(); ) {
            var entry = left.next();
            left.remove();
            removed++;
            work.removeReturned(entry);
        }
    }
}
