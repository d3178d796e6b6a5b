package dev.godwit.jms.provider;

/** A message that came, and what becomes of it. */
public interface Delivery {
    /**
     * Reads the message, on the caller's thread, anew at each call.
     *
     * @throws ProviderException with {@code MESSAGE_FORMAT}
     */
    MessageEnvelope read();

    /** Tells the broker what became of it. Only the first call counts. In a transacted session part of its transaction. */
    void settle(Settlement settlement);
}
