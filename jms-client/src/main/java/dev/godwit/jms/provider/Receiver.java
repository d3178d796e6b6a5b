package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;

/** A way for messages to come from a broker. */
public interface Receiver {
    /** Lets the broker send so many more messages. */
    void grant(int messages);

    /**
     * Asks the broker to send at once what it may still send, and to forget the rest of what was granted.
     *
     * @return ends when the broker has done so: what it had to send has been given to the listener
     */
    CompletableFuture<Void> drain();

    /**
     * Ends it. What has been delivered and not settled can still be settled afterwards: the broker keeps those messages
     * for us until all are settled, or the session ends. Nothing more is given to the listener. Done when the broker has
     * let it go, or at once when something is to be settled yet; {@link ReceiverListener#onDetached} tells of the end of
     * that. May be asked again.
     */
    CompletableFuture<Void> close();
}
