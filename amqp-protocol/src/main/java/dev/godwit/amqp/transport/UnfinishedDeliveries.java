package dev.godwit.amqp.transport;

import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Disposition;

/**
 * The messages of one session of which the peer has sent the beginning, and not the end. Owned by the connection's loop;
 * lives as long as the session.
 *
 * <p>Keeps from the engine what a sender settles of them: the engine would forget such a delivery, and fail at its next
 * frame. It hears of the settlement with the last frame.
 */
final class UnfinishedDeliveries {
    /** By the number that the delivery has in the session. */
    private final TreeMap<Long, ProtonReceivingLink> links = new TreeMap<>();

    void add(long delivery, ProtonReceivingLink link) {
        links.put(delivery, link);
    }

    void remove(long delivery) {
        links.remove(delivery);
    }

    void clear() {
        links.clear();
    }

    /**
     * Hands a settling disposition of the peer on, without what is not finished: in pieces, if need be.
     *
     * @param last the number of the delivery that began last
     */
    void pass(Disposition disposition, long last, Consumer<Disposition> engine) {
        if (links.isEmpty()) {
            engine.accept(disposition);
            return;
        }
        int firstId = disposition.getFirst().intValue();
        int lastId =
                disposition.getLast() == null ? firstId : disposition.getLast().intValue();
        // Delivery ids are serial numbers (AMQP 1.0 §2.8.8): distances count, not values.
        long from = last + (firstId - (int) last);
        long to = from + (lastId - firstId);
        var early = links.subMap(from, true, to, true);
        if (early.isEmpty()) {
            engine.accept(disposition);
            return;
        }
        long next = from;
        for (var each : early.entrySet()) {
            long delivery = each.getKey();
            each.getValue().onSettledEarly();
            if (delivery != next) {
                engine.accept(piece(disposition, next, delivery - 1));
            }
            next = delivery + 1;
        }
        if (next != to + 1) {
            engine.accept(piece(disposition, next, to));
        }
    }

    private static Disposition piece(Disposition whole, long first, long last) {
        var piece = new Disposition();
        piece.setRole(whole.getRole());
        piece.setFirst(UnsignedInteger.valueOf((int) first));
        piece.setLast(UnsignedInteger.valueOf((int) last));
        piece.setState(whole.getState());
        piece.setSettled(whole.getSettled());
        return piece;
    }
}
