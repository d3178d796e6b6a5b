package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ProviderException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is made anew on a new connection, and may turn out not to be wanted there. Stateless. */
final class Tolerated {
    private Tolerated() {}

    /**
     * What the broker does not want any more on a new connection is no reason to go without the rest.
     *
     * @param isFinal whether a refusal is one that stays
     */
    static <T> CompletableFuture<?> unlessFinal(
            CompletableFuture<T> made,
            Consumer<T> onMade,
            Predicate<ProviderException> isFinal,
            Consumer<ProviderException> onRefused) {
        CompletableFuture<@Nullable Object> tolerated = new CompletableFuture<>();
        Answered.hear(
                made,
                granted -> {
                    onMade.accept(granted);
                    tolerated.complete(null);
                },
                cause -> {
                    if (isFinal.test(cause)) {
                        onRefused.accept(cause);
                        tolerated.complete(null);
                    } else {
                        tolerated.completeExceptionally(cause);
                    }
                });
        return tolerated;
    }
}
