package dev.godwit.jms.provider;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A session whose work belongs to the global transaction that it has entered, or to none. What it has begun, and what is
 * neither discharged nor prepared, ends with it.
 */
public interface GlobalSession extends ProviderSession {
    /**
     * Begins a transaction, and enters it. Fails with {@code NOT_SUPPORTED} when the broker knows no such transactions.
     *
     * @param globalId its name everywhere
     */
    CompletableFuture<GlobalTransaction> begin(byte[] globalId);

    /**
     * What is sent and settled from now on belongs to that transaction.
     *
     * @param transaction begun by a session of this connection; null for none
     */
    void enter(@Nullable GlobalTransaction transaction);

    /**
     * Commits a transaction that is prepared, or rolls it back, whoever has begun it. Fails with {@code TRANSACTION_UNKNOWN}.
     */
    CompletableFuture<Void> decide(byte[] globalId, boolean commit);

    /**
     * Which prepared transaction of this user comes next, in the order of their global ids?
     *
     * @param after the last one that is known; null to begin
     * @return empty when there are no more
     */
    CompletableFuture<Optional<byte[]>> next(byte @Nullable [] after);
}
