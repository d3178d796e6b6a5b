package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/**
 * Of which messages of a queue somebody wants to know why they are not given out. Immutable.
 *
 * @param countMax of those that nobody has and that are next, so many at most
 * @param messageId of one message only; null for those that are next
 * @param number the same, by its number; {@link #NO_NUMBER}
 */
public record DeliveryQuestion(int countMax, @Nullable String messageId, long number) {
    /** No message has this one. */
    public static final long NO_NUMBER = Long.MIN_VALUE;

    public static final int COUNT_MAX = 100;

    /** Of none: only of what keeps all, and of how many wait for what. */
    public static DeliveryQuestion ofNone() {
        return new DeliveryQuestion(0, null, NO_NUMBER);
    }

    /** Of the next ones. */
    public static DeliveryQuestion ofNext(int countMax) {
        return new DeliveryQuestion(Math.min(COUNT_MAX, countMax), null, NO_NUMBER);
    }

    /** Of one, by its message-id (AMQP 1.0 §3.2.4), which need not be the only one of that id: the first that is found. */
    public static DeliveryQuestion ofMessage(String messageId) {
        return new DeliveryQuestion(1, messageId, NO_NUMBER);
    }

    /** Of one, by the number that answers tell, which is not {@link DeliveryExplanation.Message#UNNUMBERED}. */
    public static DeliveryQuestion ofNumber(long number) {
        return new DeliveryQuestion(1, null, number);
    }

    boolean isForOne() {
        return messageId != null || number != NO_NUMBER;
    }
}
