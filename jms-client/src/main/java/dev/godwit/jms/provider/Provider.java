package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;

/**
 * One connection to a broker.
 *
 * <p>Every method of this and of what it makes may be called from any thread and returns at once; calls from one thread
 * take effect in their order. Futures end on the provider's own thread with a result or a {@link ProviderException}, in
 * any case when the connection is lost, so dependents must not block it.
 */
public interface Provider {
    ConnectionFacts facts();

    /** Whether there is a connection, and to whom, for a human. */
    default String status() {
        return "connected to " + facts().broker();
    }

    CompletableFuture<ProviderSession> openSession(boolean transacted);

    /**
     * Opens a session whose transactions somebody else coordinates. Whether the broker knows such transactions is seen when one
     * begins.
     */
    CompletableFuture<GlobalSession> openGlobalSession();

    /** Makes a node that lives no longer than this connection. */
    CompletableFuture<Address> createTemporary(Address.Kind kind);

    CompletableFuture<Void> deleteTemporary(Address address);

    /** Ends a durable subscription. */
    CompletableFuture<Void> unsubscribe(String subscriptionName);

    /** Says goodbye, and ends when the broker has answered. The listener is not told. */
    CompletableFuture<Void> close();
}
