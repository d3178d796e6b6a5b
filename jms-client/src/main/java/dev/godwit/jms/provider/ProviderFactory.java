package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;

/** Makes connections to the broker that it was made for. */
public interface ProviderFactory {
    /**
     * Connects; may be called from any thread.
     *
     * @return the connection, once the broker has let us in; or a {@link ProviderException}
     */
    CompletableFuture<Provider> connect(ConnectRequest request, ProviderListener listener);

    /** Where it connects to, for a human. */
    String describe();
}
