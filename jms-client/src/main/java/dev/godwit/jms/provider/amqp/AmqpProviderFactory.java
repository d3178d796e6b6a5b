package dev.godwit.jms.provider.amqp;

import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderLoop;
import dev.godwit.jms.provider.ServerAddress;
import java.util.concurrent.CompletableFuture;

/** Connects to one AMQP 1.0 broker, or to where that sends us. Immutable, for any thread. */
public final class AmqpProviderFactory implements ProviderFactory {
    private static final int REDIRECTS_MAX = 5;

    private final AmqpSettings settings;

    public AmqpProviderFactory(AmqpSettings settings) {
        this.settings = settings;
    }

    @Override
    public CompletableFuture<Provider> connect(ConnectRequest request, ProviderListener listener) {
        CompletableFuture<Provider> connected = new CompletableFuture<>();
        connect(settings, request, listener, REDIRECTS_MAX, connected);
        return connected;
    }

    private static void connect(
            AmqpSettings to,
            ConnectRequest request,
            ProviderListener listener,
            int redirectsLeft,
            CompletableFuture<Provider> connected) {
        AmqpProvider provider = new AmqpProvider(to, request, listener, SharedLoop.enter());
        var unused = provider.connect().whenComplete((opened, failure) -> {
            AmqpSettings elsewhere = failure == null ? null : provider.redirectedTo();
            if (failure == null) {
                if (!connected.complete(opened)) {
                    // Nobody waits any more.
                    var unusedClose = opened.close();
                }
            } else if (elsewhere != null && redirectsLeft > 0 && !connected.isDone()) {
                connect(elsewhere, request, listener, redirectsLeft - 1, connected);
            } else {
                connected.completeExceptionally(failure);
            }
        });
    }

    @Override
    public ProviderLoop enterLoop() {
        return new EnteredLoop(SharedLoop.enter());
    }

    @Override
    public long attemptMillis() {
        return settings.connectTimeoutMillis();
    }

    @Override
    public Object login() {
        return settings.loginThere();
    }

    @Override
    public ProviderFactory at(ServerAddress server) {
        return new AmqpProviderFactory(settings.at(server));
    }

    @Override
    public String describe() {
        return settings.describe();
    }
}
