package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.AddedAnnotations;
import org.jspecify.annotations.Nullable;

/**
 * Why a message may not be delivered any more. Immutable.
 *
 * @param fromQueue where it was
 * @param toAddress where that queue wants it; empty for nowhere, null for where the broker keeps them
 * @param error in the words of the consumer, or ours; null when nobody said any
 * @param attempts how often it was delivered in vain
 * @param added what it was given by consumers that had it; null for nothing
 */
public record DeadLetter(
        String fromQueue,
        @Nullable String toAddress,
        Reason reason,
        @Nullable ErrorCondition error,
        int attempts,
        @Nullable AddedAnnotations added) {
    /** What a reader of dead letters can tell apart. */
    public enum Reason {
        /** A consumer said that nobody can process it. */
        REJECTED,
        /** It was given back as failed too often. */
        DELIVERY_ATTEMPTS,
        /** The same, the last time because it was not settled before its lock ran out. */
        LOCK_LOST,
        /** The same, the last time because its consumer had it for too long. */
        CONSUMER_TIMEOUT,
        /** Its time to live ended. */
        EXPIRED
    }
}
