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
     * A checkpoint for a follower that needs entries which are not kept: that of the last {@link Replica#onCheckpointTaken} or a
     * later one. Null while there is none to give, and who needs it waits: asked again with each input, and after
     * {@link Replica#onReadable}.
     */
    @Nullable
    Checkpoint checkpoint(ReplicaId follower);
}
