package dev.godwit.jms.observe;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Sender;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A session of whose messages an observer is told. For any thread. */
sealed class ObservedSession implements ProviderSession permits ObservedGlobalSession {
    private final ProviderSession observed;
    private final Watch watch;

    ObservedSession(ProviderSession observed, Watch watch) {
        this.observed = observed;
        this.watch = watch;
    }

    @Override
    public CompletableFuture<Sender> openSender(@Nullable Address target) {
        return Relay.of(
                observed.openSender(target),
                opened -> new ObservedSender(opened, watch),
                unwanted -> Answered.ignore(unwanted.close()));
    }

    @Override
    public CompletableFuture<Receiver> openReceiver(ReceiverRequest request, ReceiverListener listener) {
        // Who only looks is given nothing.
        return observed.openReceiver(request, request.browsing() ? listener : new ObservedArrivals(listener, watch));
    }

    @Override
    public CompletableFuture<Void> commit() {
        return observed.commit();
    }

    @Override
    public boolean isTransactionLost() {
        return observed.isTransactionLost();
    }

    @Override
    public CompletableFuture<Void> rollback() {
        return observed.rollback();
    }

    @Override
    public CompletableFuture<Void> close() {
        return observed.close();
    }
}
