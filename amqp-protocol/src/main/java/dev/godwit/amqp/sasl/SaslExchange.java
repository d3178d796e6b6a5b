package dev.godwit.amqp.sasl;

import org.jspecify.annotations.Nullable;

/** The client's way through a mechanism, once. Used by one thread after the other; each call may take its time. */
public interface SaslExchange {
    /** The message that goes with the choice of the mechanism. */
    byte[] begin() throws SaslFailure;

    /** The answer to a challenge. */
    byte[] answer(byte[] challenge) throws SaslFailure;

    /**
     * The server lets us in.
     *
     * @param additionalData its last word, if there is one
     * @throws SaslFailure when it has not proved what the mechanism wants it to prove
     */
    void admitted(byte @Nullable [] additionalData) throws SaslFailure;

    /** Why the server refuses us, as far as it has said so within the mechanism; empty when it has not. */
    default String refusal() {
        return "";
    }
}
