package dev.godwit.jms.provider;

/** How a send ended. Exactly one of the two is called, once, on the provider's own thread. */
public interface SendReply {
    /** The broker has taken the message. */
    void onAccepted();

    /** The broker refused it, or there is no telling: the reason says which. */
    void onFailed(ProviderException cause);
}
