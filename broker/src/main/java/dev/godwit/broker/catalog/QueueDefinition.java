package dev.godwit.broker.catalog;

import java.util.Map;

/**
 * A queue as it was defined. Its name says who it is to clients, its id who it is in the journal.
 *
 * @param queueId number in the journal; never used again, also after the queue is gone
 * @param name the address, as clients spell it
 * @param shard the shard that holds its messages, 1 and up
 * @param createdAtMillis wall clock, milliseconds since the epoch
 * @param creator who asked for it: a user's name
 * @param settings further settings, by key of the configuration
 */
public record QueueDefinition(
        long queueId, String name, int shard, long createdAtMillis, String creator, Map<String, String> settings) {
    public QueueDefinition {
        settings = Map.copyOf(settings);
    }
}
