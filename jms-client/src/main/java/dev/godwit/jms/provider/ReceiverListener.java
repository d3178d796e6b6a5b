package dev.godwit.jms.provider;

/** Hears what comes on a {@link Receiver}. Called on the provider's own thread, which may not be blocked. */
public interface ReceiverListener {
    void onDelivery(Delivery delivery);

    /** The broker ended it: nothing comes any more. Not called after a close of ours or a lost connection. */
    void onClosed(ProviderException cause);
}
