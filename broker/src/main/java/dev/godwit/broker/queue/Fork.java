package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * What else becomes of messages that come to a queue, however they come there: made by whoever knows which addresses lead to
 * which. Used on the queue's loop.
 */
public interface Fork {
    /**
     * Takes a message that has just come, or leaves it to the queue.
     *
     * @param straight the way into the queue itself, past this fork
     * @return false when the message concerns nobody but the queue, which takes it in as any other; else the reply is given
     *     from here
     */
    boolean take(Message message, EnqueueReply reply, ProducerDoor straight);

    /**
     * The same for a message that comes in parts.
     *
     * @param head its beginning, with which its parts begin, too
     * @return where its parts are to go; null when it concerns nobody but the queue
     */
    @Nullable
    LargeMessageDoor takeLarge(Message head, LargeMessageReply reply, ProducerDoor straight);
}
