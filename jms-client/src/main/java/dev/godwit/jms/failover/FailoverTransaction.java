package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.AskableSession;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that somebody else coordinates, begun on a connection that may be lost: and the transaction with it, until it is
 * prepared. When the answer to its end is lost, the next connection is asked for it. Methods of the port may be called from any
 * thread; everything else is owned by the provider's loop.
 */
final class FailoverTransaction implements GlobalTransaction {
    private final FailoverGlobalSession session;
    private final byte[] globalId;
    private final GlobalTransaction there;

    /** The session on the connection on which it was begun. */
    private final @Nullable ProviderSession by;

    private final TransactionWork work = new TransactionWork(true);

    FailoverTransaction(FailoverGlobalSession session, byte[] globalId, GlobalTransaction there) {
        this.session = session;
        this.globalId = globalId;
        this.there = there;
        this.by = session.there();
    }

    TransactionWork work() {
        return work;
    }

    /** On the connection on which it was begun. */
    GlobalTransaction there() {
        return there;
    }

    /** By what it can be asked for later; null when it cannot. */
    private @Nullable TransactionName name() {
        return by instanceof AskableSession askable ? askable.nameOf(there) : null;
    }

    @Override
    public CompletableFuture<Boolean> prepare() {
        CompletableFuture<Boolean> answer = new PendingAnswer<>(session.provider()::status);
        session.execute(answer, () -> {
            session.remove(this);
            if (work.isOver()) {
                answer.completeExceptionally(rolledBack(null));
                return;
            }
            InDoubtCommit sent = InDoubtCommit.sentNow(name());
            Answered.hear(
                    there.prepare(),
                    prepared -> {
                        if (prepared) {
                            session.onPrepared(globalId);
                        }
                        answer.complete(prepared);
                    },
                    cause -> onPrepareFailed(sent, cause, answer));
        });
        return answer;
    }

    /** First what is still open is ended; then what is not prepared never will be. */
    private void onPrepareFailed(InDoubtCommit sent, ProviderException failure, CompletableFuture<Boolean> answer) {
        TransactionName name = sent.name();
        if (failure.reason() != Reason.TRANSACTION_IN_DOUBT || name == null) {
            answer.completeExceptionally(
                    isLost() && failure.reason() != Reason.TRANSACTION_IN_DOUBT ? rolledBack(failure) : failure);
            return;
        }
        Answered.hear(
                session.inquire(name, sent),
                fate -> {
                    if (fate == TransactionFate.COMMITTED) {
                        // Nothing was done in it, so it is over.
                        answer.complete(false);
                    } else {
                        findPrepared(null, fate, sent, failure, answer);
                    }
                },
                cause -> sent.end(cause, failure, answer));
    }

    /** Where the broker does not know what became of it, it is in doubt unless it is found among those that are prepared. */
    private void findPrepared(
            byte @Nullable [] after,
            TransactionFate fate,
            InDoubtCommit sent,
            ProviderException doubt,
            CompletableFuture<Boolean> answer) {
        Answered.hear(
                session.next(after),
                next -> {
                    if (next.isEmpty()) {
                        answer.completeExceptionally(
                                fate == TransactionFate.ROLLED_BACK ? rolledBack(doubt) : sent.unknown(doubt));
                    } else if (Arrays.equals(next.get(), globalId)) {
                        answer.complete(true);
                    } else {
                        findPrepared(next.get(), fate, sent, doubt, answer);
                    }
                },
                cause -> sent.end(cause, doubt, answer));
    }

    @Override
    public CompletableFuture<Void> discharge(boolean commit) {
        CompletableFuture<Void> answer = new PendingAnswer<>(session.provider()::status);
        session.execute(answer, () -> {
            session.remove(this);
            if (work.isOver()) {
                endLost(commit, null, answer);
                return;
            }
            InDoubtCommit sent = InDoubtCommit.sentNow(name());
            Answered.hear(there.discharge(commit), answer::complete, cause -> {
                if (commit && cause.reason() == Reason.TRANSACTION_IN_DOUBT) {
                    session.onCommitFailed(sent, cause, answer);
                } else if (isLost()) {
                    endLost(commit, cause, answer);
                } else {
                    answer.completeExceptionally(cause);
                }
            });
        });
        return answer;
    }

    private boolean isLost() {
        return session.there() != by;
    }

    /** With its connection it was rolled back. */
    private static void endLost(boolean commit, @Nullable ProviderException cause, CompletableFuture<Void> answer) {
        if (commit) {
            answer.completeExceptionally(rolledBack(cause));
        } else {
            Answered.done(answer);
        }
    }

    private static ProviderException rolledBack(@Nullable ProviderException cause) {
        return new ProviderException(
                Reason.TRANSACTION_ROLLED_BACK,
                "the connection was lost, and with it the transaction, which was not prepared",
                cause);
    }
}
