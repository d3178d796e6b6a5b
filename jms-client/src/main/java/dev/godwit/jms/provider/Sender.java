package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A way for messages to go to a broker. */
public interface Sender {
    /** A message in the form of the wire; good for one {@link #send} at a time, by any sender of its kind. */
    interface Encoded {
        int sizeBytes();
    }

    /** False once it was closed, here or by the broker. */
    boolean isOpen();

    /** Whether the broker holds messages from here back until their delivery time. */
    boolean delaysDelivery();

    /**
     * Writes the message down, on the caller's thread. The envelope is not looked at any more afterwards.
     *
     * @throws ProviderException with {@code MESSAGE_FORMAT}
     */
    Encoded encode(MessageEnvelope message);

    /**
     * As {@link #encode(MessageEnvelope)}, with a number for brokers that know messages again by it; others are not told.
     * Of one link numbers only rise.
     */
    default Encoded encode(MessageEnvelope message, ProducerNumber number) {
        return encode(message);
    }

    /**
     * Writes a message down that names other destinations than it did, and is the same otherwise. On the provider's own thread.
     *
     * @param destination null for what it says
     * @param replyTo null for what it says
     */
    Encoded readdress(Encoded message, @Nullable Address destination, @Nullable Address replyTo);

    /**
     * A message that was written down will not be handed over to {@link #send}: who watches it hears so.
     *
     * @param cause why not
     */
    default void giveUp(Encoded message, Throwable cause) {}

    /** Sends it, as soon as the broker lets us; {@code reply} hears how that ended. */
    void send(Encoded message, SendReply reply);

    /**
     * Takes a message back that the broker has not let us send yet.
     *
     * @return true when it was never sent: its reply hears nothing more. False when it is on its way or answered.
     */
    CompletableFuture<Boolean> withdraw(Encoded message);

    CompletableFuture<Void> close();
}
