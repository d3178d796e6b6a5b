package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One session with a broker: its sends, receipts and settlements are in order. */
public interface ProviderSession {
    /**
     * Opens a way for messages to go.
     *
     * @param target null to send to the destination of each message
     */
    CompletableFuture<Sender> openSender(@Nullable Address target);

    /** Opens a way for messages to come. Nothing comes before {@link Receiver#grant}. */
    CompletableFuture<Receiver> openReceiver(ReceiverRequest request, ReceiverListener listener);

    /**
     * Makes the sends and settlements since the last commit or rollback real, all or none, and begins anew. To
     * be called when every send has its answer. Fails with {@code TRANSACTION_ROLLED_BACK} or {@code TRANSACTION_IN_DOUBT}.
     */
    CompletableFuture<Void> commit();

    /**
     * Whether the transaction is known to have been lost with its connection, so that it is to be rolled back, and a commit would
     * say no more. May say no for a moment yet when it was.
     */
    default boolean isTransactionLost() {
        return false;
    }

    /** Undoes the sends and settlements since the last commit or rollback, and begins anew. */
    CompletableFuture<Void> rollback();

    CompletableFuture<Void> close();
}
