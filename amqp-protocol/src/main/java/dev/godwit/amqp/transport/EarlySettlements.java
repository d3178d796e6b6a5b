package dev.godwit.amqp.transport;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Disposition;

/**
 * Keeps from the engine what a sender settles of messages that it has not sent to their end: the engine would forget such a
 * delivery, and fail at its next frame. It hears of the settlement with the last frame.
 */
final class EarlySettlements {
    private EarlySettlements() {}

    /** Hands a settling disposition of the peer on, in pieces where one of these links is in the middle of a message. */
    static void pass(Disposition disposition, Collection<ProtonLink> links, Consumer<Disposition> engine) {
        int first = disposition.getFirst().intValue();
        int last = disposition.getLast() == null ? first : disposition.getLast().intValue();
        var early = within(links, first, last);
        if (early.isEmpty()) {
            engine.accept(disposition);
            return;
        }
        int next = first;
        for (var link : early) {
            int id = link.deliveryIdInProgress();
            link.onSettledEarly();
            if (id != next) {
                engine.accept(piece(disposition, next, id - 1));
            }
            next = id + 1;
        }
        if (next != last + 1) {
            engine.accept(piece(disposition, next, last));
        }
    }

    /** Delivery ids are serial numbers (AMQP 1.0 §2.8.8): distances count, not values. */
    private static List<ProtonReceivingLink> within(Collection<ProtonLink> links, int first, int last) {
        List<ProtonReceivingLink> early = List.of();
        for (var link : links) {
            if (link instanceof ProtonReceivingLink receiving
                    && receiving.isInProgress()
                    && Integer.compareUnsigned(receiving.deliveryIdInProgress() - first, last - first) <= 0) {
                if (early.isEmpty()) {
                    early = new ArrayList<>();
                }
                early.add(receiving);
            }
        }
        if (early.size() > 1) {
            early.sort(Comparator.comparingInt(link -> link.deliveryIdInProgress() - first));
        }
        return early;
    }

    private static Disposition piece(Disposition whole, int first, int last) {
        var piece = new Disposition();
        piece.setRole(whole.getRole());
        piece.setFirst(UnsignedInteger.valueOf(first));
        piece.setLast(UnsignedInteger.valueOf(last));
        piece.setState(whole.getState());
        piece.setSettled(whole.getSettled());
        return piece;
    }
}
