package dev.godwit.amqp.transport;

import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Flow;

/**
 * Counts what a receiving link lets the peer send (AMQP 1.0 §2.6.7). Owned by the connection's loop; lives as long as the link.
 *
 * <p>A message uses its credit with its first frame, and moves the delivery-count with its last.
 */
final class ReceiverCredit {
    /** Messages that the peer may still begin; below 0 when more was resumed than there was credit for. */
    private int left;

    private int deliveryCount;
    private boolean draining;

    int left() {
        return left;
    }

    /** The peer counts from here. */
    void onInitialCount(int count) {
        deliveryCount = count;
    }

    void give(int messages) {
        left += messages;
        draining = false;
    }

    void onMessageBegun() {
        left--;
    }

    void onMessageEnded() {
        deliveryCount++;
    }

    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    /** The drain is over. */
    void onDrained() {
        draining = false;
    }

    /** How much the peer gives back, by its delivery-count; below 0 when it does not know yet what it has sent. */
    int givenBack(UnsignedInteger peersDeliveryCount) {
        return peersDeliveryCount.intValue() - deliveryCount;
    }

    /** By how much more than there is that would be; not above 0 when there is so much. */
    int excess(int givenBack) {
        return givenBack - Math.max(0, left);
    }

    void takeBack(int givenBack) {
        deliveryCount += givenBack;
        left -= givenBack;
    }

    /** @param unfinished whether the peer has sent the beginning of a message, and not its end */
    void describe(Flow flow, boolean unfinished) {
        flow.setDeliveryCount(UnsignedInteger.valueOf(deliveryCount));
        flow.setLinkCredit(UnsignedInteger.valueOf(Math.max(0, left + (unfinished ? 1 : 0))));
        flow.setDrain(draining);
    }
}
