package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A commit that was sent, or a preparation, and whose answer may be lost.
 *
 * @param name by which it can be asked for; null when it cannot
 * @param sentNanos when, by the system's clock of nanoseconds
 */
record InDoubtCommit(@Nullable TransactionName name, long sentNanos) {
    long ageMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sentNanos);
    }

    /** The broker was asked what became of it. */
    void end(TransactionFate fate, ProviderException doubt, CompletableFuture<Void> answer) {
        switch (fate) {
            case COMMITTED -> Answered.done(answer);
            case ROLLED_BACK ->
                answer.completeExceptionally(new ProviderException(
                        Reason.TRANSACTION_ROLLED_BACK,
                        "the connection was lost during the commit, and the broker says that it did not happen",
                        doubt));
            case UNKNOWN -> end(new ProviderException(Reason.BROKER_ERROR, "the broker does not know"), doubt, answer);
        }
    }

    /** Nobody could be asked. */
    void end(ProviderException cause, ProviderException doubt, CompletableFuture<?> answer) {
        answer.completeExceptionally(new ProviderException(
                Reason.TRANSACTION_IN_DOUBT,
                doubt.getMessage() + "; what became of it cannot be found out: " + cause.getMessage(),
                cause));
    }
}
