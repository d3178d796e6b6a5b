package dev.godwit.broker.catalog;

import java.util.Collection;

/**
 * A copy of the catalog that can be queried. Never the only copy of anything, and never waited for: calls return at
 * once, and are carried out in order by a thread of its own.
 */
public interface CatalogProjection extends AutoCloseable {
    /** The last record of the metadata log that the copy knows; -1 when it knows nothing. Asked at start only. */
    long appliedIndex();

    /** How many definitions it has. Asked at start only. */
    int count();

    /** Throws the copy away and makes it anew. */
    void rebuild(Collection<QueueDefinition> definitions, long index);

    void onStored(QueueDefinition definition, long index);

    void onRemoved(String queueName, long index);

    /** Waits until all that was said before is in the copy, and closes it. */
    @Override
    void close();
}
