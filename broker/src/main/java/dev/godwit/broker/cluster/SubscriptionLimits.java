package dev.godwit.broker.cluster;

import dev.godwit.broker.queue.HoldingLimits;

/**
 * What bounds subscriptions.
 *
 * @param holding what those that are not durable may hold
 * @param durablePerUserMax durable ones that a user may have at once
 */
public record SubscriptionLimits(HoldingLimits holding, int durablePerUserMax) {}
