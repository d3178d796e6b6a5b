package dev.godwit.jms.provider;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A message that came, and what becomes of it. */
public interface Delivery {
    /**
     * Reads the message, on the caller's thread, anew at each call.
     *
     * @throws ProviderException with {@code MESSAGE_FORMAT}
     */
    MessageEnvelope read();

    /**
     * The message's priority, 0 to {@link MessageEnvelope#PRIORITY_MAX}, for whoever puts messages in order before they are
     * read; of one that cannot be read the usual one.
     */
    int priority();

    /** Tells the broker what became of it. Only the first call counts. In a transacted session part of its transaction. */
    void settle(Settlement settlement);

    /**
     * As {@link #settle}, and hears when the broker has written it down: then the message does not come again. A broker that
     * does not say so is never heard of.
     *
     * @param onConfirmed called on the provider's own thread, at most once
     */
    default void settle(Settlement settlement, Runnable onConfirmed) {
        settle(settlement);
    }

    /** What the application does with a message that it was given. */
    interface Giving {
        Giving UNSEEN = thrown -> {};

        /**
         * It is over.
         *
         * @param thrown by the application's listener; null for nothing
         */
        void end(@Nullable Throwable thrown);
    }

    /**
     * The application is given the message, on this thread.
     *
     * @param message as {@link #read} gave it
     * @param listening true for a listener, which is called next; false for a receive
     * @return told on the same thread when the listener has returned, or at once
     */
    default Giving give(MessageEnvelope message, boolean listening) {
        return Giving.UNSEEN;
    }

    /**
     * The same for each delivery of one message, and of no other; null when the broker does not tell.
     */
    default @Nullable UUID identity() {
        return null;
    }

    /** Whether the broker has forgotten it already: given back, it is lost. */
    default boolean isForgotten() {
        return false;
    }

    /**
     * Asked by the consumer's thread as it is about to give the message to the application.
     *
     * @return false when it is not to: the connection by which it came is gone, or the application has had and acknowledged
     *     it. Then nothing need be said of it any more
     */
    default boolean isWanted() {
        return true;
    }
}
