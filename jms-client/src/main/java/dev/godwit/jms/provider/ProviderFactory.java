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

    /** The thread on which its connections live. */
    ProviderLoop enterLoop();

    /** Milliseconds that one attempt to connect may take; -1 for no limit. */
    long attemptMillis();

    /**
     * By what it logs in beside what the {@link ConnectRequest} says, as a value: where it is equal, who is refused at one node
     * is refused at the other, too.
     */
    default Object login() {
        return "";
    }

    /**
     * Milliseconds that {@link #connect} may take in all.
     *
     * @param timeoutMillis what is allowed for one node; -1 for no limit
     */
    default long connectMillis(long timeoutMillis) {
        return timeoutMillis;
    }

    /** The same for another node, with everything that the address does not say. */
    ProviderFactory at(ServerAddress server);
}
