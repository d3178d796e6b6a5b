package dev.godwit.broker.cluster;

import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;

/**
 * What an operator sees of a queue. Immutable.
 *
 * @param durable false for one that lives no longer than the connection that made it
 * @param creator who asked for it
 * @param createdAtMillis wall clock, milliseconds since the epoch; 0 for one that is not durable
 * @param settings its own
 * @param effective what holds for it: its own, and what policies say where it says nothing
 * @param madeOnDemand true for one that nobody declared, which may go when it is not used
 */
public record QueueDescription(
        String name,
        boolean durable,
        String creator,
        long createdAtMillis,
        AddressSettings settings,
        AddressSettings effective,
        QueueStatistics statistics,
        boolean madeOnDemand) {
    /** All that are in it, given out or not, and those that wait for their time. */
    public long messages() {
        return statistics.ready() + statistics.acquired() + statistics.scheduled() + statistics.deferred();
    }
}
