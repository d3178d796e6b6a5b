package dev.godwit.broker.queue;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * How many links have a queue or topic at their end. Whoever wants to remove the node closes this first, and then no link
 * comes any more. Any thread may use it: links do when they come and go, never for a message.
 */
public final class NodeUse {
    private static final AtomicLongFieldUpdater<NodeUse> STATE =
            AtomicLongFieldUpdater.newUpdater(NodeUse.class, "state");

    private static final long LINKS_MASK = 0xFFFF_FFFFL;
    private static final long CHANGE = 1L << 32;
    private static final long CLOSED = LINKS_MASK;

    /** The number of links in the lower half, {@link #CLOSED} for none ever again; in the upper half how often that changed. */
    private volatile long state;

    /** One link more has the node at its end; false when that is about to be removed, or was: look for it again. */
    public boolean begin() {
        while (true) {
            long now = state;
            if ((now & LINKS_MASK) == CLOSED) {
                return false;
            }
            if (STATE.compareAndSet(this, now, now + CHANGE + 1)) {
                return true;
            }
        }
    }

    /** One less. Once for each {@link #begin} that said yes. */
    public void end() {
        STATE.addAndGet(this, CHANGE - 1);
    }

    /** True when no link has it at its end. */
    public boolean isFree() {
        return (state & LINKS_MASK) == 0;
    }

    public boolean isClosed() {
        return (state & LINKS_MASK) == CLOSED;
    }

    /** Another value after each link that came or went. */
    public int changes() {
        return (int) (state >>> 32);
    }

    /** Lets no link come any more; false when one has the node at its end. */
    public boolean close() {
        long now = state;
        return (now & LINKS_MASK) == 0 && STATE.compareAndSet(this, now, now | CLOSED);
    }

    /** The node stays after all. */
    public void reopen() {
        STATE.addAndGet(this, CHANGE - CLOSED);
    }
}
