package dev.godwit.storage.replica;

import dev.godwit.storage.replication.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The end of a log in memory: what is not on stable storage yet, and before that as much as fits. Followers that are not far behind are
 * served from here. Owned by the copy's owner.
 */
final class RecentEntries {
    private static final int CAPACITY_MIN = 64;

    /** What an entry takes beside its bytes, about. */
    private static final int ENTRY_BYTES = 128;

    private final long bytesMax;

    /** A ring, whose length is a power of two. */
    private @Nullable LogEntry[] ring = new LogEntry[CAPACITY_MIN];

    private long firstIndex;
    private int count;
    private long bytes;

    /** @param nextIndex of the entry that will be appended next */
    RecentEntries(long bytesMax, long nextIndex) {
        this.bytesMax = bytesMax;
        firstIndex = nextIndex;
    }

    /** Of the oldest entry that is here; behind the last one when there is none. */
    long firstIndex() {
        return firstIndex;
    }

    private long nextIndex() {
        return firstIndex + count;
    }

    void append(LogEntry entry) {
        if (entry.index() != nextIndex()) {
            throw new IllegalStateException("entry " + entry.index() + " after " + (nextIndex() - 1));
        }
        if (count == ring.length) {
            grow();
        }
        ring[place(entry.index())] = entry;
        count++;
        bytes += bytesOf(entry);
    }

    private void grow() {
        @Nullable LogEntry[] larger = new LogEntry[2 * ring.length];
        for (long index = firstIndex; index < nextIndex(); index++) {
            larger[(int) (index & (larger.length - 1))] = get(index);
        }
        ring = larger;
    }

    /** The entries from {@code fromIndex} on are none any more. */
    void truncate(long fromIndex) {
        while (count > 0 && nextIndex() > fromIndex) {
            remove(nextIndex() - 1);
        }
        if (count == 0) {
            firstIndex = fromIndex;
        }
    }

    /** The log goes on behind {@code index}, and nothing of it is here. */
    void beginBehind(long index) {
        truncate(firstIndex);
        firstIndex = index + 1;
    }

    /** What is before that is on stable storage, and may go when there is no room for it. */
    void trim(long durableIndex) {
        while (count > 0 && bytes > bytesMax && firstIndex <= durableIndex) {
            remove(firstIndex);
            firstIndex++;
        }
    }

    private void remove(long index) {
        bytes -= bytesOf(get(index));
        ring[place(index)] = null;
        count--;
    }

    private LogEntry get(long index) {
        return Objects.requireNonNull(ring[place(index)]);
    }

    private int place(long index) {
        return (int) (index & (ring.length - 1));
    }

    private static long bytesOf(LogEntry entry) {
        return (long) ENTRY_BYTES + entry.payload().sizeBytes();
    }

    /** See {@link dev.godwit.storage.replication.EntrySource#read}; the first is not before {@link #firstIndex}. */
    List<LogEntry> read(long first, long lastIndex, int bytesMaxOfBatch) {
        List<LogEntry> entries = new ArrayList<>();
        long batchBytes = 0;
        for (long index = first; index <= lastIndex && index < nextIndex(); index++) {
            LogEntry entry = get(index);
            batchBytes += entry.payload().sizeBytes();
            if (!entries.isEmpty() && batchBytes > bytesMaxOfBatch) {
                break;
            }
            entries.add(entry);
        }
        return entries;
    }
}
