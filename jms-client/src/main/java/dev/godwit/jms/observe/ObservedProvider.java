package dev.godwit.jms.observe;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderSession;
import java.util.concurrent.CompletableFuture;

/** A connection of which an observer is told. For any thread. */
final class ObservedProvider implements Provider {
    private final Provider observed;
    private final Watch watch;

    ObservedProvider(Provider observed, Watch watch) {
        this.observed = observed;
        this.watch = watch;
    }

    @Override
    public ConnectionFacts facts() {
        return observed.facts();
    }

    @Override
    public String status() {
        return observed.status();
    }

    @Override
    public CompletableFuture<ProviderSession> openSession(boolean transacted) {
        return Relay.of(
                observed.openSession(transacted),
                opened -> new ObservedSession(opened, watch),
                unwanted -> Answered.ignore(unwanted.close()));
    }

    @Override
    public CompletableFuture<GlobalSession> openGlobalSession() {
        return Relay.of(
                observed.openGlobalSession(),
                opened -> new ObservedGlobalSession(opened, watch),
                unwanted -> Answered.ignore(unwanted.close()));
    }

    @Override
    public CompletableFuture<Address> createTemporary(Address.Kind kind) {
        return observed.createTemporary(kind);
    }

    @Override
    public CompletableFuture<Void> deleteTemporary(Address address) {
        return observed.deleteTemporary(address);
    }

    @Override
    public CompletableFuture<Void> unsubscribe(String subscriptionName) {
        return observed.unsubscribe(subscriptionName);
    }

    @Override
    public CompletableFuture<Void> close() {
        return observed.close();
    }
}
