package dev.godwit.jms.provider;

import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** Hears the answers of a provider, on the thread that gives them. Stateless. */
public final class Answered {
    private Answered() {}

    /** Exactly one of the two is called, once. */
    @SuppressWarnings({"FutureReturnValueIgnored", "NullAway"})
    public static <T> void hear(
            CompletableFuture<T> answer, Consumer<T> onGranted, Consumer<ProviderException> onFailed) {
        answer.whenComplete((granted, failure) -> {
            if (failure == null) {
                onGranted.accept(granted);
            } else {
                onFailed.accept(failureOf(failure));
            }
        });
    }

    /** However it ends. */
    public static void hear(CompletableFuture<?> answer, Runnable onEnd) {
        hear(answer, granted -> onEnd.run(), failed -> onEnd.run());
    }

    /** Nobody needs to know. */
    public static void ignore(CompletableFuture<?> answer) {
        hear(answer, () -> {});
    }

    /** Grants what has no more to say than that it is done. */
    @SuppressWarnings("NullAway")
    public static void done(CompletableFuture<Void> answer) {
        answer.complete(null);
    }

    /** What failed, without what stages of futures wrap around it. */
    public static Throwable causeOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /** The same as a provider's failure; what is none is {@code BROKER_ERROR}. */
    public static ProviderException failureOf(Throwable failure) {
        Throwable inner = causeOf(failure);
        return inner instanceof ProviderException known
                ? known
                : new ProviderException(Reason.BROKER_ERROR, String.valueOf(inner), inner);
    }
}
