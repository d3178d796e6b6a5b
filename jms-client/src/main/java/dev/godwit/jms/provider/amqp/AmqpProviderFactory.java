package dev.godwit.jms.provider.amqp;

import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderLoop;
import dev.godwit.jms.provider.ServerAddress;
import java.util.concurrent.CompletableFuture;

/** Connects to one AMQP 1.0 broker. Immutable, for any thread. */
public final class AmqpProviderFactory implements ProviderFactory {
    private final AmqpSettings settings;

    public AmqpProviderFactory(AmqpSettings settings) {
        this.settings = settings;
    }

    @Override
    public CompletableFuture<Provider> connect(ConnectRequest request, ProviderListener listener) {
        return new AmqpProvider(settings, request, listener, SharedLoop.enter()).connect();
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
    public ProviderFactory at(ServerAddress server) {
        return new AmqpProviderFactory(settings.at(server));
    }

    @Override
    public String describe() {
        return "amqp://" + settings.host() + ':' + settings.port();
    }
}
