package dev.godwit.broker.amqp;

import dev.godwit.broker.address.Subscription;

/** A consumer's place in a subscription. A closed link wants no more of it; a detached one may come back. */
record SubscriptionTie(Subscription subscription) implements LinkTie {
    @Override
    public void onDetached(boolean closed) {
        subscription.leave(closed);
    }

    @Override
    public void onGone() {
        subscription.leave(false);
    }

    @Override
    public void onBroken() {
        subscription.leave(false);
    }
}
