package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;

/** One producer's way into a node. Owned by the producer's loop, on which replies come. */
public interface ProducerDoor {
    /** Messages keep the order of these calls. */
    void enqueue(Message message, EnqueueReply reply);

    /**
     * Begins a message that comes in parts.
     *
     * @param head its beginning
     */
    LargeMessageDoor openLarge(Message head, LargeMessageReply reply);

    /** The producer is gone: what of its messages waits until a queue holds less need wait no longer. */
    default void leave() {}
}
