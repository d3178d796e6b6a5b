package dev.godwit.jms.observe;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderLoop;
import dev.godwit.jms.provider.ServerAddress;
import java.util.concurrent.CompletableFuture;

/** Makes connections as another factory does, and tells an observer what goes over them. Immutable, for any thread. */
public final class ObservedProviderFactory implements ProviderFactory {
    private final ProviderFactory observed;
    private final ClientObserver observer;

    public ObservedProviderFactory(ProviderFactory observed, ClientObserver observer) {
        this.observed = observed;
        this.observer = observer;
    }

    @Override
    public CompletableFuture<Provider> connect(ConnectRequest request, ProviderListener listener) {
        return Relay.of(
                observed.connect(request, new Listener(listener)),
                made -> new ObservedProvider(made, new Watch(observer, request.clientId(), made::facts)),
                unwanted -> Answered.ignore(unwanted.close()));
    }

    private final class Listener implements ProviderListener {
        private final ProviderListener told;

        Listener(ProviderListener told) {
            this.told = told;
        }

        @Override
        public void onConnectionLost(ProviderException cause) {
            told.onConnectionLost(cause);
        }

        @Override
        public void onInterrupted(ProviderException cause) {
            Watch.guarded(observer::onInterrupted);
            told.onInterrupted(cause);
        }

        @Override
        public void onRestored(ConnectionFacts facts) {
            told.onRestored(facts);
        }
    }

    @Override
    public String describe() {
        return observed.describe();
    }

    @Override
    public ProviderLoop enterLoop() {
        return observed.enterLoop();
    }

    @Override
    public long attemptMillis() {
        return observed.attemptMillis();
    }

    @Override
    public Object login() {
        return observed.login();
    }

    @Override
    public long connectMillis(long timeoutMillis) {
        return observed.connectMillis(timeoutMillis);
    }

    @Override
    public ProviderFactory at(ServerAddress server) {
        return new ObservedProviderFactory(observed.at(server), observer);
    }
}
