package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node finds on its disk at a start.
 *
 * @param checkpoint the last one, or null
 * @param entries those behind the checkpoint
 */
record Recovered(LogOutline outline, @Nullable Checkpoint checkpoint, List<LogEntry> entries) {
    /** @param first the voters that the node was told when its journal was made */
    static Recovered of(SimulatedDisk disk, Voters first) {
        LogOutline outline = first.voters().isEmpty() ? LogOutline.empty() : LogOutline.ofNewShard(first);
        List<LogEntry> entries = new ArrayList<>();
        Checkpoint last = null;
        for (SimulatedDisk.Write write : disk.log()) {
            if (write instanceof SimulatedDisk.EntryWrite entry) {
                outline.append(entry.entry());
                entries.add(entry.entry());
            } else if (write instanceof SimulatedDisk.TruncationWrite truncation) {
                outline.truncate(truncation.fromIndex());
                entries.removeIf(entry -> entry.index() >= truncation.fromIndex());
            } else if (write instanceof SimulatedDisk.CheckpointWrite checkpoint) {
                last = checkpoint.checkpoint();
                long covered = last.index();
                outline.install(last);
                entries.removeIf(entry -> entry.index() <= covered || entry.index() > outline.lastIndex());
            }
        }
        return new Recovered(outline, last, entries);
    }
}
