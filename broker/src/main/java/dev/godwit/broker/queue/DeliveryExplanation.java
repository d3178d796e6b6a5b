package dev.godwit.broker.queue;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why messages of a queue are not given out. Immutable.
 *
 * @param queue what keeps all messages that could be given out, in the order in which it decides; empty for nothing
 * @param elsewhere how many messages wait for what else, as far as that is known without looking at each of them
 * @param messages those that were asked for
 * @param complete false when not all messages were looked at for a message-id: there are too many, or some cannot be read
 */
public record DeliveryExplanation(
        List<Obstacle> queue, Map<WaitingReason, Long> elsewhere, List<Message> messages, boolean complete) {
    /**
     * One message.
     *
     * @param number by which it can be asked for again: no other message of the queue has it; {@link #UNNUMBERED} for one
     *     that is in no journal, and has no place in the queue yet
     * @param messageId null for none, or when the message cannot be read
     */
    public record Message(long number, @Nullable String messageId, Obstacle why) {
        public static final long UNNUMBERED = 0;
    }
}
