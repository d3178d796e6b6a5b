package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Answered;
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
 * @param sentNanos when, by the system's clock of nanoseconds, which stands still while a machine is suspended
 * @param sentMillis when, by the wall clock, which may jump
 */
record InDoubtCommit(@Nullable TransactionName name, long sentNanos, long sentMillis) {
    static InDoubtCommit sentNow(@Nullable TransactionName name) {
        return new InDoubtCommit(name, System.nanoTime(), System.currentTimeMillis());
    }

    /** By the clock that says more: what is taken for older than it is becomes unknown, and never something false. */
    long ageMillis() {
        return Math.max(
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sentNanos), System.currentTimeMillis() - sentMillis);
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
            case UNKNOWN -> answer.completeExceptionally(unknown(doubt));
        }
    }

    /** Nobody could be asked. */
    void end(ProviderException cause, ProviderException doubt, CompletableFuture<?> answer) {
        answer.completeExceptionally(stillInDoubt(cause, doubt));
    }

    /** The broker that was asked does not know. */
    ProviderException unknown(ProviderException doubt) {
        return stillInDoubt(new ProviderException(Reason.BROKER_ERROR, "the broker does not know"), doubt);
    }

    private static ProviderException stillInDoubt(ProviderException cause, ProviderException doubt) {
        return new ProviderException(
                Reason.TRANSACTION_IN_DOUBT,
                doubt.getMessage() + "; what became of it cannot be found out: " + cause.getMessage(),
                cause);
    }
}
