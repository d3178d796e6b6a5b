package dev.godwit.storage.replica;

import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalStore;
import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.segment.Damage;
import dev.godwit.storage.segment.FileLayer;
import dev.godwit.storage.segment.FoundEntries;
import dev.godwit.storage.segment.LogContents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What the journal of a stopped node holds of the logs of all shards.
 *
 * @param journalId of that journal
 * @param copies one for each shard, in order
 * @param losses what had been on stable storage and is damaged, and nobody has accepted that; each a line to be read
 */
public record StoppedCopies(UUID journalId, List<StoppedCopy> copies, List<String> losses) {
    public StoppedCopies {
        copies = List.copyOf(copies);
        losses = List.copyOf(losses);
    }

    /**
     * Reads it. Nothing is changed. Blocks.
     *
     * @param inspection of the journal, which it keeps locked
     * @param shardCount there are the shards 0 to below this
     * @throws PromisesLostException nothing tells what this journal has promised to others
     * @throws JournalOpenException when it cannot be read
     */
    public static StoppedCopies of(JournalInspection inspection, int shardCount)
            throws JournalOpenException, PromisesLostException {
        try {
            return of(inspection.files(), shardCount);
        } catch (PromisesLostException e) {
            throw e;
        } catch (IOException e) {
            throw JournalStore.whyNot(inspection.directory(), e);
        }
    }

    static StoppedCopies of(FileLayer files, int shardCount) throws IOException {
        LogContents contents = LogContents.of(files, false);
        if (contents == null) {
            throw new IOException("the segments are gone");
        }
        try (contents) {
            return of(files, contents, shardCount);
        }
    }

    private static StoppedCopies of(FileLayer files, LogContents contents, int shardCount) throws IOException {
        List<FoundEntries> found = new ArrayList<>();
        for (int shard = 0; shard < shardCount; shard++) {
            found.add(contents.entries(shard));
        }
        boolean isReplicated = found.stream().anyMatch(FoundEntries::isReplicated);
        Map<Integer, HardState> promised = PromiseFiles.look(files, contents.journalId(), !isReplicated);
        List<StoppedCopy> copies = new ArrayList<>();
        for (int shard = 0; shard < shardCount; shard++) {
            copies.add(StoppedCopy.of(
                    shard,
                    found.get(shard).committedIndex(),
                    ReplicatedJournal.outline(shard, found.get(shard)),
                    promised.getOrDefault(shard, HardState.NEW)));
        }
        List<String> losses = contents.damages().stream()
                .filter(damage -> !damage.isHarmless() && !damage.accepted())
                .map(Damage::describe)
                .toList();
        return new StoppedCopies(contents.journalId(), copies, losses);
    }
}
