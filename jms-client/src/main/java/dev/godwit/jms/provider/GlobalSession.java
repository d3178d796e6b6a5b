package dev.godwit.jms.provider;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A session whose work belongs to the global transaction that it has entered, or to none. What it has begun, and what is
 * neither discharged nor prepared, ends with it. What others of its connection have begun does not: work may be done in one
 * session and coordinated in another.
 */
public interface GlobalSession extends ProviderSession {
    /**
     * Begins a transaction, without entering it. One whose answer nobody waits for any more is rolled back. Fails with
     * {@code NOT_SUPPORTED} when the broker knows no such transactions.
     *
     * @param globalId its name everywhere
     */
    CompletableFuture<GlobalTransaction> begin(byte[] globalId);

    /**
     * What is sent and settled from now on belongs to that transaction. When that is over, also by the word of another
     * session, what is sent fails with {@code TRANSACTION_ROLLED_BACK}, and what is settled goes back to the broker, until
     * another one is entered, or none.
     *
     * @param transaction begun by a session of this connection; null for none
     */
    void enter(@Nullable GlobalTransaction transaction);

    /**
     * Commits a transaction that is prepared, or rolls it back, whoever has begun it. Fails with {@code TRANSACTION_UNKNOWN},
     * and with {@code TRANSACTION_IN_DOUBT} when the answer was lost.
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
