package dev.godwit.broker.queue;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of messages there are in a queue, encoded as they came; and how long each is of those that it only refers
 * to. Where a queue may hold only so many bytes that is remembered, in 4 bytes for each; elsewhere only what a
 * {@link Reference} says of it, so that the sum is about right and nothing is paid for it. Owned by the queue's loop, before
 * that by the thread that starts the broker; lives as long as the queue.
 */
final class HeldSizes {
    private static final int CHUNK_SHIFT = 9;
    private static final int CHUNK_LENGTH = 1 << CHUNK_SHIFT;
    private static final long CHUNK_BYTES = CHUNK_LENGTH * (long) Integer.BYTES;

    /** Nobody knows how long a message is, but by its size class. */
    static final int UNKNOWN = 0;

    /** What is read at a start is counted when a queue takes it over. */
    private static final MessageMemory UNCOUNTED = new MessageMemory(Long.MAX_VALUE);

    private static final class Chunk {
        private final int[] sizes = new int[CHUNK_LENGTH];
        private int known;
    }

    private final MessageMemory memory;

    /** What the queue shares with others of its tenant; null for nothing. */
    private final @Nullable TenantRoom tenant;

    /** By the upper bits of the key; null as long as there was never anything to remember. */
    private @Nullable Map<Long, Chunk> chunks;

    private boolean remembers;
    private long bytes;

    HeldSizes(MessageMemory memory, @Nullable TenantRoom tenant) {
        this.memory = memory;
        this.tenant = tenant;
    }

    /** For what the journal holds when the broker starts. */
    static HeldSizes ofStored() {
        return new HeldSizes(UNCOUNTED, null);
    }

    /** Whether the size of each message that comes is remembered from now on. What is known stays known. */
    void remember(boolean fromNowOn) {
        remembers = fromNowOn;
    }

    /** The bits by which the journal is to know more closely how long a message is; 0 for none. */
    int detail(int sizeBytes) {
        return remembers ? MessageAttributes.detail(sizeBytes) : 0;
    }

    /** Null for nothing. */
    @Nullable
    TenantRoom tenant() {
        return tenant;
    }

    /**
     * Takes over what is known of the messages that the journal held when the broker started. Once, before others come.
     *
     * @param messages how many they are
     */
    void restore(HeldSizes stored, long messages) {
        add(stored.bytes);
        if (tenant != null) {
            tenant.add(messages, 0);
        }
        chunks = stored.chunks;
        memory.add(chunks == null ? 0 : chunks.size() * CHUNK_BYTES);
        stored.chunks = null;
    }

    /** All that are here, those that consumers have and those that leave included. */
    long bytes() {
        return bytes;
    }

    /** A message has come. */
    void onCame(long itsBytes) {
        bytes += itsBytes;
        if (tenant != null) {
            tenant.add(1, itsBytes);
        }
    }

    /** One that had come is gone. */
    void onWent(long itsBytes) {
        bytes -= itsBytes;
        if (tenant != null) {
            tenant.add(-1, -itsBytes);
        }
    }

    /** More is known of how long one is. */
    void add(long moreBytes) {
        bytes += moreBytes;
        if (tenant != null) {
            tenant.add(0, moreBytes);
        }
    }

    /**
     * A message in the journal, which waits for a time, is only referred to from now on. It has no place among the others by
     * which its size could be found: who holds the reference holds the size, too.
     *
     * @return what is to be said to {@link #counted} later
     */
    int onWaits(int attributes, int sizeBytes) {
        if (remembers) {
            return Math.max(1, sizeBytes);
        }
        add(MessageAttributes.sizeBytesAbout(attributes & MessageAttributes.MASK) - sizeBytes);
        return UNKNOWN;
    }

    /** What counts for a message that is only referred to, by what is known of it. */
    static int counted(int known, int attributes) {
        return known == UNKNOWN ? MessageAttributes.sizeBytesAbout(attributes & MessageAttributes.MASK) : known;
    }

    /** A message in the journal is only referred to from now on. */
    void onReferred(long key, int attributes, int sizeBytes) {
        if (remembers) {
            put(key, sizeBytes);
        } else {
            add(MessageAttributes.sizeBytesAbout(attributes & MessageAttributes.MASK) - sizeBytes);
        }
    }

    /** A message that the journal held at a start, of which it said that. */
    void onStored(long key, int attributes) {
        int sizeBytes = MessageAttributes.sizeBytesAbout(attributes);
        bytes += sizeBytes;
        if (MessageAttributes.isDetailed(attributes)) {
            put(key, sizeBytes);
        }
    }

    private void put(long key, int sizeBytes) {
        if (chunks == null) {
            chunks = new HashMap<>();
        }
        var chunk = chunks.get(key >>> CHUNK_SHIFT);
        if (chunk == null) {
            chunk = new Chunk();
            chunks.put(key >>> CHUNK_SHIFT, chunk);
            memory.add(CHUNK_BYTES);
        }
        int place = (int) key & (CHUNK_LENGTH - 1);
        if (chunk.sizes[place] == 0) {
            chunk.known++;
        }
        chunk.sizes[place] = Math.max(1, sizeBytes);
    }

    /** What counts for a message that is only referred to, which it is no more. */
    int take(long key, int attributes) {
        return counted(takeKnown(key), attributes);
    }

    /** What is known of it, which is forgotten; {@link #UNKNOWN}. */
    int takeKnown(long key) {
        var chunk = chunks == null ? null : chunks.get(key >>> CHUNK_SHIFT);
        int place = (int) key & (CHUNK_LENGTH - 1);
        int known = chunk == null ? UNKNOWN : chunk.sizes[place];
        if (chunk == null || known == UNKNOWN) {
            return UNKNOWN;
        }
        chunk.sizes[place] = UNKNOWN;
        chunk.known--;
        if (chunk.known == 0 && chunks != null) {
            chunks.remove(key >>> CHUNK_SHIFT);
            memory.add(-CHUNK_BYTES);
        }
        return known;
    }
}
