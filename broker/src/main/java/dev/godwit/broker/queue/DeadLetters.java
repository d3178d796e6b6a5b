package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/** Takes messages that a queue may not deliver any more. Called on the queue's loop, answers there. */
public interface DeadLetters {
    /** True for the queue where dead letters end up: nothing leaves it by itself. */
    boolean isLastResort(String queue);

    /**
     * Keeps the message elsewhere.
     *
     * @param error what the consumer said, if it did
     * @param reply safe: it is kept there, or nobody wants it and it was logged; refused: it must stay
     */
    void take(String fromQueue, Message message, @Nullable ErrorCondition error, EnqueueReply reply);

    /** The same for a large message. No reply is given when it cannot be read. */
    void takeLarge(String fromQueue, LargeMessageSource message, @Nullable ErrorCondition error, EnqueueReply reply);
}
