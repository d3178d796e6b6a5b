package dev.godwit.broker.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What bounds a queue.
 *
 * @param deliveryAttemptsMax failed attempts after which a message goes to the dead letters; 0 for no limit
 * @param memory shared by all queues of a broker
 * @param tenants what queues of tenants share; the first that is for a queue's address counts
 */
public record QueueLimits(int deliveryAttemptsMax, MessageMemory memory, List<TenantRoom> tenants) {
    public QueueLimits {
        tenants = List.copyOf(tenants);
    }

    /** Without tenants. */
    public QueueLimits(int deliveryAttemptsMax, MessageMemory memory) {
        this(deliveryAttemptsMax, memory, List.of());
    }

    /** What a queue shares with others; null for nothing. */
    @Nullable
    TenantRoom roomOf(QueueName queue) {
        for (var tenant : tenants) {
            if (tenant.isFor(queue.policyAddress())) {
                return tenant;
            }
        }
        return null;
    }

    boolean isLastAttempt(int failedAttempts) {
        return deliveryAttemptsMax > 0 && failedAttempts >= deliveryAttemptsMax;
    }
}
