package dev.godwit.broker.cluster;

import dev.godwit.broker.address.Subscription;
import dev.godwit.broker.address.SubscriptionRequest;
import dev.godwit.broker.address.SubscriptionTerms;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;

/** A consumer's hold on a subscription. Made and ended on the control loop; the consumer asks from its own. */
final class Seat implements Subscription {
    private final LocalSubscription subscription;
    private final EventLoop caller;
    private final SubscriptionRequest request;
    private final Leaving leaving;

    /** Hears that the consumer goes. Any thread may call. */
    interface Leaving {
        void leave(Seat seat, boolean closed);
    }

    Seat(LocalSubscription subscription, EventLoop caller, SubscriptionRequest request, Leaving leaving) {
        this.subscription = subscription;
        this.caller = caller;
        this.request = request;
        this.leaving = leaving;
    }

    LocalSubscription subscription() {
        return subscription;
    }

    boolean mayReceive(String topic) {
        return request.mayReceive().test(topic);
    }

    /** Another consumer has taken its place. */
    void stolen() {
        caller.execute(request.onStolen());
    }

    @Override
    public QueueDoor queue() {
        return subscription.queue();
    }

    @Override
    public SubscriptionTerms terms() {
        return subscription.terms();
    }

    @Override
    public void leave(boolean closed) {
        leaving.leave(this, closed);
    }
}
