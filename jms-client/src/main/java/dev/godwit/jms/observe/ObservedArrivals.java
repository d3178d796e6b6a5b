package dev.godwit.jms.observe;

import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.Settlement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What comes on a receiver, shown to an observer on its way. Called on the provider's own thread. */
final class ObservedArrivals implements ReceiverListener {
    private final ReceiverListener told;
    private final Watch watch;

    ObservedArrivals(ReceiverListener told, Watch watch) {
        this.told = told;
        this.watch = watch;
    }

    @Override
    public void onDelivery(Delivery delivery) {
        watch.tell(ClientObserver::onArrived);
        told.onDelivery(new Observed(delivery, watch));
    }

    @Override
    public void onClosed(ProviderException cause) {
        told.onClosed(cause);
    }

    @Override
    public void onDetached() {
        told.onDetached();
    }

    @Override
    public void onInterrupted() {
        told.onInterrupted();
    }

    /** One message. As any delivery: read and given by the thread of its session, settled by any. */
    private static final class Observed implements Delivery {
        private final Delivery delivery;
        private final Watch watch;

        Observed(Delivery delivery, Watch watch) {
            this.delivery = delivery;
            this.watch = watch;
        }

        @Override
        public MessageEnvelope read() {
            return delivery.read();
        }

        @Override
        public int priority() {
            return delivery.priority();
        }

        @Override
        public Giving give(MessageEnvelope message, boolean listening) {
            ClientObserver.Processing processing = watch.ask(
                    observer -> observer.onGiven(watch.message(message), listening),
                    ClientObserver.Processing.UNWATCHED);
            return thrown -> Watch.guarded(() -> processing.onEnd(thrown));
        }

        @Override
        public void settle(Settlement settlement) {
            note(settlement);
            delivery.settle(settlement);
        }

        @Override
        public void settle(Settlement settlement, Runnable onConfirmed) {
            note(settlement);
            delivery.settle(settlement, onConfirmed);
        }

        private void note(Settlement settlement) {
            if (settlement == Settlement.ACCEPTED) {
                watch.tell(ClientObserver::onAcknowledged);
            }
        }

        @Override
        public @Nullable UUID identity() {
            return delivery.identity();
        }

        @Override
        public boolean isForgotten() {
            return delivery.isForgotten();
        }

        @Override
        public boolean isWanted() {
            return delivery.isWanted();
        }
    }
}
