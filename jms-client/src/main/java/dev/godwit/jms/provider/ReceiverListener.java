package dev.godwit.jms.provider;

/** Hears what comes on a {@link Receiver}. Called on the provider's own thread, which may not be blocked. */
public interface ReceiverListener {
    void onDelivery(Delivery delivery);

    /** The broker ended it: nothing comes any more. Not called after a close of ours or a lost connection. */
    void onClosed(ProviderException cause);

    /** After a close of ours: the broker has let it go, or the session or the connection has ended. */
    default void onDetached() {}

    /**
     * The connection is gone, and another is being looked for: what has come and was not given to the application comes again.
     * What was granted and not used still is.
     */
    default void onInterrupted() {}
}
