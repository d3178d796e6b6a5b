package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;

/**
 * A transaction that is part of a larger one, which somebody else coordinates; until it is prepared. Its session may be left,
 * and others of the same connection may enter it.
 */
public interface GlobalTransaction {
    /**
     * Keeps it as it is, whatever happens, until {@link GlobalSession#decide}.
     *
     * @return false when nothing was done in it: it is over then. Fails with {@code TRANSACTION_ROLLED_BACK},
     *     and with {@code TRANSACTION_IN_DOUBT} when the answer was lost: it may be prepared
     */
    CompletableFuture<Boolean> prepare();

    /**
     * Ends it without having prepared it. A commit fails with {@code TRANSACTION_ROLLED_BACK} or {@code TRANSACTION_IN_DOUBT}.
     */
    CompletableFuture<Void> discharge(boolean commit);
}
