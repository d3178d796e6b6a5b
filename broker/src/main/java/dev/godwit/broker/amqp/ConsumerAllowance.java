package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.broker.queue.ConsumerDoor;

/**
 * How many messages the queue may give to one consumer link: what the peer's credit allows, and no more at a time than the
 * socket takes. The limit that the queue is told is moved on as messages leave. Owned by the connection's event loop; lives
 * as long as the link.
 */
final class ConsumerAllowance {
    /** Messages that may be on their way from the queue to the socket. */
    private static final int AHEAD_MAX = 512;

    private final SendingLink link;
    private final ConsumerDoor door;

    /** Messages that the queue has given us, and how many it may have given in all. */
    private long received;

    private long limit;
    private long drainLimit;
    private boolean draining;

    ConsumerAllowance(SendingLink link, ConsumerDoor door) {
        this.link = link;
        this.door = door;
    }

    /** The queue has given us a message. */
    void onReceived() {
        received++;
    }

    /** Credit that no message waits for. */
    private int freeCredit(int waiting) {
        return Math.max(0, link.credit() - waiting);
    }

    /** @param waiting messages that the queue has given us, and that are still to be sent */
    void update(int waiting) {
        if (draining || link.isDraining()) {
            return;
        }
        int credit = freeCredit(waiting);
        int ahead = link.isWritable() ? Math.min(credit, AHEAD_MAX) : 0;
        long wanted = received + ahead;
        boolean withdrawn = wanted < limit && limit > received + credit;
        boolean runningLow = wanted > limit && (limit - received) * 2 <= ahead;
        if (withdrawn || runningLow) {
            limit = wanted;
            door.setLimit(limit);
        }
    }

    /**
     * Takes what the queue has, in slices that the socket can take, until there is no more or no credit.
     *
     * @param waiting messages that the queue has given us, and that are still to be sent
     */
    void drain(int waiting) {
        if (draining) {
            return;
        }
        int credit = freeCredit(waiting);
        if (credit == 0) {
            link.drained();
        } else if (link.isWritable()) {
            draining = true;
            drainLimit = received + Math.min(credit, AHEAD_MAX);
            limit = drainLimit;
            door.drain(drainLimit);
        }
    }

    /**
     * The queue has given all that it had, up to the limit. True when there may be more, and the peer wants it; else the
     * peer is told that there is no more.
     */
    boolean onDrained(int waiting) {
        draining = false;
        limit = received;
        if (received == drainLimit && freeCredit(waiting) > 0) {
            return true;
        }
        link.drained();
        return false;
    }

    /** The queue gives no more. */
    void withdraw() {
        door.setLimit(received);
    }
}
