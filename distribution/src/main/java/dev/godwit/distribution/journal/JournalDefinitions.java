package dev.godwit.distribution.journal;

import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.catalog.QueueDefinitionCodec;
import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The queues that a journal's metadata shard defines; messages lie in other shards. Filled by a recovery; owned by one thread. */
final class JournalDefinitions implements WithoutMessages {
    private final Map<Long, QueueDefinition> byId = new LinkedHashMap<>();
    private final Map<String, QueueDefinition> byName = new LinkedHashMap<>();
    private final List<String> unreadable = new ArrayList<>();

    @Override
    public void onRecord(long index, JournalRecord record) {
        if (record instanceof JournalRecord.DefinitionStored stored
                && stored.kind().equals(Catalog.QUEUE_KIND)) {
            try {
                add(QueueDefinitionCodec.decode(stored.key(), stored.body()));
            } catch (IllegalStateException e) {
                unreadable.add(stored.key());
            }
        }
    }

    void add(QueueDefinition definition) {
        byId.put(definition.queueId(), definition);
        byName.put(definition.name(), definition);
    }

    Collection<QueueDefinition> all() {
        return byId.values();
    }

    /** Names of queues whose definition makes no sense to this release. */
    List<String> unreadable() {
        return unreadable;
    }

    @Nullable
    QueueDefinition find(String name) {
        return byName.get(name);
    }

    /** Null when no definition has that number: the queue was deleted, or its definition is lost. */
    @Nullable
    QueueDefinition find(long queueId) {
        return byId.get(queueId);
    }
}
