package dev.godwit.broker.cluster;

/**
 * What bounds subscriptions.
 *
 * @param memoryBytesMax what one that is not durable may hold; its oldest messages make room
 * @param durablePerUserMax durable ones that a user may have at once
 */
public record SubscriptionLimits(long memoryBytesMax, int durablePerUserMax) {}
