package dev.godwit.broker.catalog;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** The catalog as the metadata log tells it at start. Used on the starting thread, then handed to the control loop. */
public final class CatalogReplay {
    private final Map<String, StoredQueue> queues = new LinkedHashMap<>();
    private final Map<String, BiConsumer<String, ByteBuffer>> otherKinds;
    private long lastIndex;

    /** For a log that holds nothing but the catalog. */
    public CatalogReplay() {
        this(Map.of());
    }

    /** @param otherKinds by kind, those who are told the keys and bodies of definitions that are not the catalog's */
    public CatalogReplay(Map<String, BiConsumer<String, ByteBuffer>> otherKinds) {
        this.otherKinds = Map.copyOf(otherKinds);
    }

    /** A definition that stands in the log; a later one of the same key replaces it, wherever it stands in the files. */
    public void onStored(long index, String kind, String key, ByteBuffer body) {
        var other = otherKinds.get(kind);
        if (other != null) {
            other.accept(key, body);
            return;
        }
        if (!kind.equals(Catalog.QUEUE_KIND)) {
            throw new IllegalStateException("the metadata log has a definition of unknown kind '" + kind + "' at index "
                    + index + ": it was written by a newer release");
        }
        var definition = QueueDefinitionCodec.decode(key, body);
        var earlier = queues.get(key);
        if (earlier == null || earlier.index() < index) {
            queues.put(key, new StoredQueue(definition, index));
        }
        lastIndex = Math.max(lastIndex, index);
    }

    Map<String, StoredQueue> queues() {
        return queues;
    }

    long lastIndex() {
        return lastIndex;
    }

    /** A definition, and the index of its record. */
    record StoredQueue(QueueDefinition definition, long index) {}
}
