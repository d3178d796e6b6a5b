package dev.godwit.broker.queue;

/** How messages leave a queue, for good or to be given to nobody. Owned by the queue's loop; lives as long as the queue. */
final class Exits {
    private final MessageQueue queue;
    private final Overflow overflow;
    private final LastValues lastValues;
    private final DamagedMessages damaged;
    private final Removals removals;
    private final Arrivals arrivals;
    private final MessageMemory memory;

    Exits(
            MessageQueue queue,
            Overflow overflow,
            LastValues lastValues,
            DamagedMessages damaged,
            Removals removals,
            Arrivals arrivals,
            MessageMemory memory) {
        this.queue = queue;
        this.overflow = overflow;
        this.lastValues = lastValues;
        this.damaged = damaged;
        this.removals = removals;
        this.arrivals = arrivals;
        this.memory = memory;
    }

    /** Nobody is given the message from now on. */
    void setAside(QueueEntry entry, String problem) {
        overflow.onWent(entry);
        entry.become(EntryState.SET_ASIDE);
        entry.count(memory, 0);
        damaged.add(entry.index(), problem);
        lastValues.onLeft(entry);
        queue.postTurnEnd();
    }

    /** The message leaves for good. */
    void end(QueueEntry entry) {
        overflow.onWent(entry);
        endUnseen(entry);
        if (arrivals.isWaiting()) {
            queue.postTurnEnd();
        }
    }

    /** A message that was never to be seen here leaves. */
    void endUnseen(QueueEntry entry) {
        lastValues.onLeft(entry);
        entry.become(EntryState.GONE);
        entry.count(memory, 0);
        if (entry.isInJournal()) {
            removals.add(entry.index());
            queue.postTurnEnd();
        }
    }

    /** The message leaves for good, and the journal knows. */
    void endRemoved(QueueEntry entry) {
        overflow.onWent(entry);
        lastValues.onLeft(entry);
        queue.postTurnEnd();
        entry.become(EntryState.GONE);
        entry.count(memory, 0);
    }
}
