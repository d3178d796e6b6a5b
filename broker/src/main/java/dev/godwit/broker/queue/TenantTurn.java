package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/**
 * Where a queue stands among those that wait for room of their tenant: not at all, in the line, called, or with a message on
 * its way in for which room was kept. Owned by the queue's loop; lives as long as the queue.
 */
final class TenantTurn {
    private final TenantRoom room;
    private final Runnable wake;

    /** Of the message that is to come next; null when none waits. */
    private TenantRoom.@Nullable Ticket ticket;

    /** Of a message that was called, and does not count in the room before the journal has it. */
    private TenantRoom.@Nullable Ticket spent;

    private @Nullable QueueEntry spentOn;

    /** What may come because it was called, until it has. */
    private @Nullable QueueEntry coming;

    /** @param wake has the queue look again, in a turn that is to end with {@link #end}; any thread may run it */
    TenantTurn(TenantRoom room, Runnable wake) {
        this.room = room;
        this.wake = wake;
    }

    /**
     * Whether a message, which is the next one, may come; if not, it is waited for from now on.
     *
     * @param arriving how many are on their way in before it, not counted in the room
     * @param arrivingBytes of those and of this one
     * @param bytes of this one
     */
    boolean comes(QueueEntry entry, int arriving, long arrivingBytes, long bytes) {
        var mine = ticket;
        if (mine != null && mine.isCalled() && !mine.isFor(bytes)) {
            // It was called for another one, which waits no more.
            leave();
            mine = null;
        }
        if (mine == null) {
            if (!room.isWaitedFor() && !room.isFull(arriving, arrivingBytes)) {
                return true;
            }
            mine = new TenantRoom.Ticket(wake);
            mine.need(arriving, arrivingBytes, bytes);
            ticket = mine;
            room.lineUp(mine);
        } else if (!mine.isCalled()) {
            // What was on its way may have arrived, or another message is the next one.
            mine.need(arriving, arrivingBytes, bytes);
            room.callNext();
        }
        coming = mine.isCalled() ? entry : null;
        return coming != null;
    }

    /**
     * A message was taken in.
     *
     * @param isArriving whether it is on its way still, and counts later
     */
    void onTaken(QueueEntry entry, boolean isArriving) {
        var mine = ticket;
        if (mine == null || coming != entry) {
            return;
        }
        coming = null;
        ticket = null;
        if (!isArriving) {
            room.giveUp(mine);
            return;
        }
        if (spent != null) {
            room.giveUp(spent);
        }
        spent = mine;
        spentOn = entry;
    }

    /** The message counts by itself now. */
    void onArrived(QueueEntry entry) {
        if (spentOn == entry && spent != null) {
            room.giveUp(spent);
            spent = null;
            spentOn = null;
        }
    }

    /** The queue has looked: room that was kept for it, and that it did not use, is others' now. */
    void end() {
        if (ticket != null && ticket.isCalled()) {
            leave();
        }
    }

    /** No message waits any more, or not the same. */
    void leave() {
        var mine = ticket;
        if (mine != null) {
            ticket = null;
            room.giveUp(mine);
        }
    }
}
