package dev.godwit.jms.observe;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.PendingAnswer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/** Hands answers on, as something else; and the other way, that nobody waits for them any more. Stateless. */
final class Relay {
    private Relay() {}

    /**
     * @param made makes of the answer what is wanted
     * @param unwanted takes what was made when nobody waits for it any more
     */
    static <A, T> CompletableFuture<T> of(CompletableFuture<A> asked, Function<A, T> made, Consumer<T> unwanted) {
        CompletableFuture<T> answer = asked instanceof PendingAnswer<A> pending
                ? new PendingAnswer<>(pending::whom)
                : new CompletableFuture<>();
        var unusedEnd = answer.whenComplete((given, failure) -> {
            if (answer.isCancelled()) {
                asked.cancel(false);
            }
        });
        var unusedAnswer = asked.whenComplete((granted, failure) -> {
            if (failure == null) {
                T wanted = made.apply(granted);
                if (!answer.complete(wanted)) {
                    unwanted.accept(wanted);
                }
            } else {
                answer.completeExceptionally(Answered.causeOf(failure));
            }
        });
        return answer;
    }
}
