package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.transaction.Ending;
import org.jspecify.annotations.Nullable;

/**
 * The end of a transaction for a message that was posted in it and that the peer has not settled (AMQP 1.0 §4.4.4.1). Owned by the
 * connection's loop.
 */
final class PostEnding implements Ending {
    private final ProducerLink link;
    private final IncomingDelivery delivery;
    private final Outcome outcome;

    PostEnding(ProducerLink link, IncomingDelivery delivery, Outcome outcome) {
        this.link = link;
        this.delivery = delivery;
        this.outcome = outcome;
    }

    @Override
    public void onCommitted() {
        update(outcome);
    }

    @Override
    public void onRolledBack() {
        update(null);
    }

    private void update(@Nullable Outcome outcomeInForce) {
        if (!link.isGone() && !delivery.isRemotelySettled()) {
            delivery.update(outcomeInForce);
        }
    }
}
