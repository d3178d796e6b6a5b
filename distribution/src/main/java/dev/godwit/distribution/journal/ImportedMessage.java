package dev.godwit.distribution.journal;

import java.nio.ByteBuffer;

/**
 * What an export says of a message besides its bytes.
 *
 * @param queue its name
 * @param expiryTimeMillis {@code MessageEnqueued.NO_EXPIRY} when it has none
 * @param notBeforeMillis nobody is to be given it earlier; {@code MessageEnqueued.AT_ONCE} for none
 * @param annotations what the message was given later, as the journal holds it; no bytes for nothing
 * @param dead it was consumed, expired or deleted when it was exported
 */
record ImportedMessage(
        String queue,
        long arrivalTimeMillis,
        long expiryTimeMillis,
        int attributes,
        int deliveryCount,
        long notBeforeMillis,
        ByteBuffer annotations,
        boolean dead) {}
