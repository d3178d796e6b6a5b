package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Hears the answers of a connection, on the thread that gives them. Stateless. */
final class Answered {
    private Answered() {}

    /** Exactly one of the two is called, once. */
    @SuppressWarnings({"FutureReturnValueIgnored", "NullAway"})
    static <T> void hear(CompletableFuture<T> answer, Consumer<T> onGranted, Consumer<ProviderException> onFailed) {
        answer.whenComplete((granted, failure) -> {
            if (failure == null) {
                onGranted.accept(granted);
            } else {
                onFailed.accept(failureOf(failure));
            }
        });
    }

    /** However it ends. */
    static void hear(CompletableFuture<?> answer, Runnable onEnd) {
        hear(answer, granted -> onEnd.run(), failed -> onEnd.run());
    }

    /** Nobody needs to know. */
    static void ignore(CompletableFuture<?> answer) {
        hear(answer, () -> {});
    }

    @SuppressWarnings("NullAway")
    static void done(CompletableFuture<Void> answer) {
        answer.complete(null);
    }

    /**
     * What the broker does not want any more on a new connection is no reason to go without the rest.
     *
     * @param isFinal whether a refusal is one that stays
     */
    static <T> CompletableFuture<?> tolerant(
            CompletableFuture<T> made,
            Consumer<T> onMade,
            Predicate<ProviderException> isFinal,
            Consumer<ProviderException> onRefused) {
        CompletableFuture<@Nullable Object> tolerated = new CompletableFuture<>();
        hear(
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

    private static ProviderException failureOf(Throwable failure) {
        Throwable cause = failure.getCause();
        Throwable inner = failure instanceof CompletionException && cause != null ? cause : failure;
        return inner instanceof ProviderException known
                ? known
                : new ProviderException(Reason.BROKER_ERROR, String.valueOf(inner), inner);
    }
}
