package dev.godwit.amqp.transport;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Counts what one connection's peer was sent and has not settled. However much credit it gives, it is sent no more once all
 * peers together have too much, and this one more than its share, until it settles some or others do. Owned by the
 * connection's loop.
 *
 * <p>Design note: the room is told in steps, so that a message costs it nothing; a connection is at most a step beyond.
 */
final class UnsettledDeliveries {
    private static final int STEP = 32;

    /** Looked at again when so much of what it had then is left. */
    private static final int GO_ON_PERCENT = 90;

    /** The room does not say when others make some: it is asked so often while somebody waits. */
    private static final long ASK_AGAIN_MILLIS = 100;

    private final FairRoom room;
    private final ProtonConnection connection;
    private final Set<ProtonSendingLink> waiting = new LinkedHashSet<>();
    private long count;
    private long told;
    private long goOnAt;
    private boolean full;
    private boolean asking;
    private boolean over;

    UnsettledDeliveries(FairRoom room, ProtonConnection connection) {
        this.room = room;
        this.connection = connection;
    }

    void add() {
        count++;
        if (count - told >= STEP && !over) {
            tell();
        }
    }

    void remove(long settled) {
        if (over) {
            return;
        }
        count -= settled;
        if (told - count >= STEP || (count == 0 && told > 0)) {
            tell();
        }
        if (full && count <= goOnAt) {
            tell();
        }
    }

    private void tell() {
        room.onChanged(told, count);
        told = count;
        full = count > 0 && !room.isEnoughFor(count);
        if (full) {
            goOnAt = count * GO_ON_PERCENT / 100;
        } else if (!waiting.isEmpty()) {
            goOn();
        }
    }

    /** False when the peer must settle first; the link is told when it may go on. */
    boolean mayGrow(ProtonSendingLink link) {
        if (full) {
            waiting.add(link);
            askLater();
        }
        return !full;
    }

    private void askLater() {
        if (!asking) {
            asking = true;
            connection.tasks().setTimer(ASK_AGAIN_MILLIS, this::askAgain);
        }
    }

    private void askAgain() {
        asking = false;
        if (over || waiting.isEmpty()) {
            return;
        }
        tell();
        if (full) {
            askLater();
        }
    }

    private void goOn() {
        var links = List.copyOf(waiting);
        waiting.clear();
        connection.tasks().run(() -> links.forEach(ProtonSendingLink::onFlow));
    }

    void forget(ProtonSendingLink link) {
        waiting.remove(link);
    }

    /** The connection is over: nothing counts any more. */
    void release() {
        waiting.clear();
        room.onChanged(told, 0);
        over = true;
    }
}
