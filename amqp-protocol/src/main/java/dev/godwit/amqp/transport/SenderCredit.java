package dev.godwit.amqp.transport;

import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Flow;

/**
 * Counts what the peer lets a sending link send (AMQP 1.0 §2.6.7). Owned by the connection's loop; lives as long as the
 * link.
 *
 * <p>A message uses its credit when we take it on, whether or not the session's window lets it go out at once.
 */
final class SenderCredit {
    private static final long UINT_MAX = 0xffffffffL;

    /** Messages taken on: the delivery-count, and what has not gone out yet. */
    private int taken;

    /** Below 0 when the peer took back credit that messages here have used, and that have not gone out. */
    private long left;

    private boolean draining;

    /** The peer's flow frame: so many messages beyond the delivery-count that it has seen. */
    void onFlow(Flow flow) {
        // Without a count it has not seen our attach, which begins at 0.
        int seen = flow.getDeliveryCount() == null ? 0 : flow.getDeliveryCount().intValue();
        left = flow.getLinkCredit().longValue() - (taken - seen);
        draining = flow.getDrain();
    }

    /** Messages that may still be taken on. */
    int left() {
        return (int) Math.max(0, Math.min(left, Integer.MAX_VALUE));
    }

    void take() {
        taken++;
        left--;
    }

    boolean isDraining() {
        return draining;
    }

    /** Gives back what is left; false when nothing is. */
    boolean giveBack() {
        if (left <= 0) {
            return false;
        }
        taken += (int) left;
        left = 0;
        return true;
    }

    /**
     * Whether the next message that was taken on may go out still.
     *
     * @param notBegun messages taken on of which nothing has gone out
     */
    boolean allowsNext(int notBegun) {
        return notBegun + left > 0;
    }

    /** @param unsent messages taken on that have not gone out to their end */
    void describe(Flow flow, int unsent) {
        flow.setLinkCredit(UnsignedInteger.valueOf(Math.max(0, Math.min(left + unsent, UINT_MAX))));
        flow.setDeliveryCount(UnsignedInteger.valueOf(taken - unsent));
        flow.setAvailable(UnsignedInteger.valueOf(unsent));
        flow.setDrain(draining);
    }
}
