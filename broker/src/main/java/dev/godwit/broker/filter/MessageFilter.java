package dev.godwit.broker.filter;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Says which messages somebody wants to have (AMQP 1.0 §3.5.8). It looks at what stands before the body and never opens
 * that. Owned by one event loop at a time: it may keep what it decoded for the next question. Two that are equal want the
 * same messages.
 */
public interface MessageFilter {
    /** For a message that nobody has been given yet. What cannot be read is not wanted. */
    boolean matches(Message message);

    /**
     * For a message that may have been given to somebody before.
     *
     * @param deliveryCount deliveries that failed before (§3.2.1); the message's own header does not know of them
     * @param added annotations that it was given meanwhile, each in place of its own of that name; null for none
     */
    default boolean matches(Message message, int deliveryCount, @Nullable AddedAnnotations added) {
        return matches(message);
    }

    /** What a message's codes must be for it to be wanted; null when they do not tell. */
    default @Nullable CodeCondition codes(IndexedProperties properties) {
        return null;
    }
}
