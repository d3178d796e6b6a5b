package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Something that was asked of a connection that may be lost, until it is answered. Its answer may be given up by any thread; the
 * rest is owned by the loop.
 */
record Request<T>(CompletableFuture<T> answer, FailoverProvider provider, Consumer<Request<T>> question) {
    /** Asks, if there is a connection; else waits for one. */
    void put() {
        ProviderException cause = provider.ended();
        if (answer.isDone()) {
            return;
        }
        if (cause != null) {
            fail(cause);
        } else if (provider.isConnected()) {
            try {
                question.accept(this);
            } catch (ProviderException refused) {
                fail(refused);
            }
        } else {
            provider.park(this);
        }
    }

    void fail(ProviderException cause) {
        answer.completeExceptionally(cause);
    }
}
