package dev.godwit.jms.failover;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * In which journals transactions are that a connection has prepared, or has been told of, and that are not decided yet: the
 * latest of them. Owned by the provider's loop.
 */
final class PreparedPlaces {
    static final int PLACES_MAX = 10_000;

    /** By global id, in the order in which they were seen. */
    private final Map<ByteBuffer, UUID> journals = new LinkedHashMap<>();

    /** @param journal of the broker that has it prepared; null when that does not say */
    void add(byte[] globalId, @Nullable UUID journal) {
        if (journal == null) {
            return;
        }
        journals.put(ByteBuffer.wrap(globalId.clone()), journal);
        if (journals.size() > PLACES_MAX) {
            var eldest = journals.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    /** Null when it was not seen, or forgotten since. */
    @Nullable
    UUID journalOf(byte[] globalId) {
        return journals.get(ByteBuffer.wrap(globalId));
    }

    void remove(byte[] globalId) {
        journals.remove(ByteBuffer.wrap(globalId));
    }
}
