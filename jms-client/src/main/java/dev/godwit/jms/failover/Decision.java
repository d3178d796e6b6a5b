package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A decision about a prepared transaction, asked for on one connection after the other until there is an answer. Owned by the
 * provider's loop.
 *
 * <p>A broker may not know the transaction because it has done what an earlier question wanted, whose answer was lost; because
 * somebody else has decided; or because another broker has it. Which of these it is follows from the journal in which the
 * transaction was seen, and from those whose brokers may have heard the question.
 */
final class Decision {
    private final FailoverProvider provider;
    private final byte[] globalId;
    private final boolean commit;

    /** Of the brokers that were asked and may have done it, although the answer was lost; null for those that do not say. */
    private final Set<@Nullable UUID> inDoubt = new HashSet<>();

    /** Of the one that was asked last. */
    private @Nullable UUID asked;

    Decision(FailoverProvider provider, byte[] globalId, boolean commit) {
        this.provider = provider;
        this.globalId = globalId;
        this.commit = commit;
    }

    /** Asks on the connection that is there. */
    CompletableFuture<Void> ask(GlobalSession session) {
        UUID journal = provider.facts().journal();
        asked = journal;
        return session.decide(globalId, commit).whenComplete((done, failure) -> {
            if (failure != null && Answered.failureOf(failure).reason() == Reason.TRANSACTION_IN_DOUBT) {
                inDoubt.add(journal);
            }
        });
    }

    /** The last question was answered. */
    void onDone(CompletableFuture<Void> answer) {
        provider.prepared().remove(globalId);
        Answered.done(answer);
    }

    /** The last question has failed: {@code answer} ends with what follows from that. */
    void onFailed(ProviderException cause, CompletableFuture<Void> answer) {
        if (cause.reason() != Reason.TRANSACTION_UNKNOWN) {
            answer.completeExceptionally(cause);
            return;
        }
        UUID journal = provider.prepared().journalOf(globalId);
        boolean mayBeElsewhere = journal == null ? !inDoubt.isEmpty() : !journal.equals(asked);
        if (mayBeElsewhere) {
            answer.completeExceptionally(new ProviderException(
                    Reason.TRANSACTION_IN_DOUBT,
                    provider.facts().broker() + " does not know the transaction"
                            + (journal == null
                                    ? ", and may never have known it; an earlier question may have ended it elsewhere"
                                    : ", which is in the journal of another broker"),
                    cause));
            return;
        }
        provider.prepared().remove(globalId);
        if (inDoubt.contains(journal)) {
            Answered.done(answer);
        } else {
            answer.completeExceptionally(cause);
        }
    }
}
