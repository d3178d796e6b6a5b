package dev.godwit.broker.amqp;

import dev.godwit.broker.address.CreditReason;
import org.jspecify.annotations.Nullable;

/** What keeps a producer's link from credit, in the order in which {@link ProducerLink#payCredit} decides. Stateless. */
final class CreditObstacle {
    private CreditObstacle() {}

    /**
     * Why a peer is not invited to send more.
     *
     * @param ofGate what keeps all producers; null for nothing
     * @param answered messages that the peer has to settle
     * @param unconfirmed all that take part of the window, these among them
     * @param ofRoute what the way of the link's messages says; null when that is for their address to say
     */
    static CreditReason of(
            int credit, @Nullable CreditReason ofGate, int answered, int unconfirmed, @Nullable CreditReason ofRoute) {
        if (credit > 0) {
            return CreditReason.HAS_CREDIT;
        }
        if (ofGate != null) {
            return ofGate;
        }
        // What holds most of the window: the rest will not do to open it.
        if (answered > 0 && 2L * answered >= unconfirmed) {
            return CreditReason.UNSETTLED_BY_PRODUCER;
        }
        return ofRoute == null ? CreditReason.UNCONFIRMED : ofRoute;
    }
}
