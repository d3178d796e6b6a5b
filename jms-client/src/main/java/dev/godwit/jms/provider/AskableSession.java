package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A session at which one may ask what became of transactions whose answer was lost with an earlier connection. */
public interface AskableSession extends ProviderSession {
    /**
     * By what the transaction that is open can be asked for later, on a session of another connection; null when the broker keeps no
     * such thing. To be called on the provider's own thread.
     */
    @Nullable
    TransactionName transactionName();

    /** The same of a transaction that a session of this connection has begun, as long as it is not prepared. */
    @Nullable
    TransactionName nameOf(GlobalTransaction transaction);

    /**
     * What became of a transaction of this user? One that is still open is rolled back by the question. Fails with
     * {@code NOT_SUPPORTED} when the broker keeps no such thing.
     *
     * @param name as a session of an earlier connection had it
     * @param ageMillis how long ago the commit was sent
     */
    CompletableFuture<TransactionFate> inquire(TransactionName name, long ageMillis);
}
