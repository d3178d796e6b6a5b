package dev.godwit.distribution.journal;

/**
 * What an export says of a message besides its bytes.
 *
 * @param queue its name
 * @param expiryTimeMillis {@code MessageEnqueued.NO_EXPIRY} when it has none
 * @param dead it was consumed, expired or deleted when it was exported
 */
record ImportedMessage(
        String queue, long arrivalTimeMillis, long expiryTimeMillis, int attributes, int deliveryCount, boolean dead) {}
