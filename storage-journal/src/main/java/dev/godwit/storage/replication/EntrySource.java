package dev.godwit.storage.replication;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the log of a replica for those that are behind. Called by the {@link Replica} only. */
public interface EntrySource {
    /**
     * Entries from {@code firstIndex} on, which is behind the checkpoint: as many as are at hand, up to {@code lastIndex}
     * and, but for the first of them, up to {@code bytesMax}. None while they have to be fetched; then
     * {@link Replica#onReadable} says when to ask again.
     */
    List<LogEntry> read(long firstIndex, long lastIndex, int bytesMax);

    /**
     * The checkpoint of the last {@link Replica#onCheckpointTaken}, or the one that the log began with; null while there is none
     * to give, and who needs it waits.
     */
    @Nullable
    Checkpoint checkpoint();
}
