package dev.godwit.broker.transaction;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Which transactions were prepared when the broker stopped, as the metadata log tells it at a start, before the shards are
 * told of theirs. Used on the starting thread, then handed to {@link PreparedTransactions}.
 */
public final class StoredTransactions {
    private final Map<UUID, PreparedDefinition> definitions = new HashMap<>();

    /**
     * One is prepared, unless a shard says that it was committed.
     *
     * @throws IllegalStateException when it cannot be read
     */
    public void onStored(String key, ByteBuffer body) {
        definitions.put(UUID.fromString(key), PreparedDefinition.decode(key, body));
    }

    /** Whether the transaction of that number stays prepared, unless a shard says that it was committed. */
    public boolean isPrepared(UUID transactionId) {
        return definitions.containsKey(transactionId);
    }

    Map<UUID, PreparedDefinition> definitions() {
        return definitions;
    }
}
