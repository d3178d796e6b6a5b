package dev.godwit.jms.observe;

import org.jspecify.annotations.Nullable;

/**
 * Watches the messages of connections. Called by any thread, also by those of the program and by the one on which all connections
 * live: no method may block. What one throws is logged and forgotten.
 */
public interface ClientObserver {
    /**
     * A message is about to be written down and sent, on the thread of the program. What is put into its
     * {@link ObservedMessage#setTraceContext context} now goes with it.
     *
     * @return hears how that ends
     */
    default Sending onSend(ObservedMessage message) {
        return Sending.UNWATCHED;
    }

    /** A message has come, and is with the client. It may come again. */
    default void onArrived() {}

    /**
     * The program is given a message, on the thread that gets it.
     *
     * @param listening true for a listener, which has returned when the processing ends; false for a receive, which is over
     * @return hears of the end, on the same thread
     */
    default Processing onGiven(ObservedMessage message, boolean listening) {
        return Processing.UNWATCHED;
    }

    /** The broker is told that a message was consumed. In a transaction that counts when it is committed. */
    default void onAcknowledged() {}

    /** A connection was lost, and is made anew. */
    default void onInterrupted() {}

    /** How a send ends: {@link #onEnd} is called once, unless nobody will ever know. */
    interface Sending {
        Sending UNWATCHED = failure -> {};

        /**
         * The broker has answered, or it is known that it will not.
         *
         * @param failure why the broker has not taken the message, or may not have; null when it has
         */
        void onEnd(@Nullable Throwable failure);
    }

    /** What a program does with a message; {@link #onEnd} is called once. */
    interface Processing {
        Processing UNWATCHED = thrown -> {};

        /**
         * The listener has returned, or the receive is about to.
         *
         * @param thrown by the listener; null for nothing
         */
        void onEnd(@Nullable Throwable thrown);
    }
}
