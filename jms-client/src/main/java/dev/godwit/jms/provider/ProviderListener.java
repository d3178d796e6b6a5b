package dev.godwit.jms.provider;

/** Hears of a connection's end. Called on the provider's own thread, which may not be blocked. */
public interface ProviderListener {
    /**
     * The connection is gone and was not closed by us. Called once; every answer that is still awaited fails
     * after this call, and nothing can be asked any more.
     */
    void onConnectionLost(ProviderException cause);

    /**
     * The connection is gone, and another is being looked for. What is asked meanwhile waits for it. Ends with
     * {@link #onRestored} or {@link #onConnectionLost}.
     */
    default void onInterrupted(ProviderException cause) {}

    /** There is a connection again, and on it what was on the last one. */
    default void onRestored(ConnectionFacts facts) {}
}
