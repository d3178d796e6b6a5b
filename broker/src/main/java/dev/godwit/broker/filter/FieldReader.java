package dev.godwit.broker.filter;

import dev.godwit.amqp.message.MessageSections;
import org.jspecify.annotations.Nullable;

/** How to get at one thing that a message says. Immutable. */
interface FieldReader {
    /**
     * Reads it.
     *
     * @param sections of the message at hand
     * @param deliveryCount deliveries that failed before
     * @return an AMQP value, or null when the message does not say
     */
    @Nullable
    Object read(MessageSections sections, int deliveryCount);
}
