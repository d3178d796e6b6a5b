package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;

/** Takes messages that a queue may not deliver any more. Called on the queue's loop, answers there. */
public interface DeadLetters {
    /** True for the queue where dead letters end up: nothing leaves it by itself. */
    boolean isLastResort(String queue);

    /**
     * Keeps the message elsewhere.
     *
     * @param reply safe: it is kept there, or nobody wants it and it was logged; refused: it must stay
     */
    void take(DeadLetter why, Message message, EnqueueReply reply);

    /** The same for a large message. No reply is given when it cannot be read. */
    void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply);
}
