package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * J1 for a log whose commit is a majority's: cut and damaged at every byte, it is what it was after some batch, or it is
 * refused; and refused for good, for other nodes count on what is lost.
 */
class EntryLogDamageTest {
    private static final int SECTOR_BYTES = 512;

    private final MemoryFileLayer files = new MemoryFileLayer();

    /** What a start finds after each batch, and where that ends. */
    private final List<String> found = new ArrayList<>();

    private final List<Integer> ends = new ArrayList<>();

    @BeforeEach
    void writeLog() throws IOException {
        var log = new HandTurnedLog(files);
        HandTurnedLog.Replicated shard = log.replicated(1);
        shard.append(1, 2, new JournalRecord.EpochBegun(), 1);
        shard.append(2, 2, Records.message("first"), 2);
        shard.append(3, 2, Records.message(3_000, 1), 3);
        sync(log);
        shard.intake.commit(2);
        shard.append(4, 2, Records.message("dropped"), 4);
        shard.append(5, 2, Records.removed(2), 5);
        sync(log);
        shard.truncate(4, 3, 6);
        shard.append(4, 3, new JournalRecord.EpochBegun(), 7);
        shard.append(5, 3, Records.message("written anew"), 8);
        log.append(0, Records.stored("orders", "{}"));
        sync(log);
        shard.intake.commit(5);
        shard.append(6, 3, Records.removed(3), 9);
        sync(log);
        shard.intake.commit(6);
        shard.append(7, 3, Records.message("open"), 10);
        sync(log);
        assertThat(found).doesNotHaveDuplicates();
    }

    private void sync(HandTurnedLog log) throws IOException {
        log.turnUntilIdle();
        found.add(summary(log.reopened()));
        byte[] content = files.contentOf(files.segmentNames().get(0));
        int end = content.length;
        while (content[end - 1] == 0) {
            end--;
        }
        ends.add(end);
    }

    private static String summary(HandTurnedLog log) {
        ShardTail tail = log.log.tail(1);
        if (!tail.isReplicated()) {
            return "none";
        }
        EntryLog entries = tail.entriesThere();
        var epochs = new ArrayList<Long>();
        for (long index = entries.coverIndex(); index <= entries.lastIndex(); index++) {
            epochs.add(entries.epochAt(index));
        }
        return epochs + " committed " + entries.committedIndex() + " " + ShardState.of(log.replay(1));
    }

    /** What is found, or null where it is refused. */
    private static @Nullable String open(MemoryFileLayer damaged) throws IOException {
        try {
            return summary(new HandTurnedLog(damaged.copy()));
        } catch (CorruptJournalException e) {
            return null;
        }
    }

    @Test
    void isWhatItWasAfterSomeBatchWhereverItIsCut() throws IOException {
        String name = files.segmentNames().get(0);
        byte[] whole = files.contentOf(name);
        int last = ends.get(ends.size() - 1);
        MemoryFileLayer cut = files.copy();
        for (int at = 4096; at <= last; at++) {
            byte[] content = Arrays.copyOf(Arrays.copyOf(whole, at), whole.length);
            cut.put(name, content);
            int complete = 0;
            while (complete < ends.size() && ends.get(complete) <= at) {
                complete++;
            }
            assertThat(open(cut)).as("cut at %d", at).isEqualTo(complete == 0 ? "none" : found.get(complete - 1));
        }
    }

    @Test
    void isWholeOrRefusedWhateverBitIsFlipped() throws IOException {
        String name = files.segmentNames().get(0);
        MemoryFileLayer damaged = files.copy();
        byte[] content = damaged.contentOf(name);
        var outcomes = new TreeMap<String, Integer>();
        String whole = found.get(found.size() - 1);
        String tornEnd = found.get(found.size() - 2);
        for (int at = 0; at < ends.get(ends.size() - 1); at++) {
            content[at] ^= (byte) (1 << (at % 8));
            String now = open(damaged);
            assertThat(now == null || now.equals(whole) || now.equals(tornEnd))
                    .as("byte %d flipped: %s", at, now)
                    .isTrue();
            outcomes.merge(now == null ? "refused" : now.equals(whole) ? "whole" : "torn end", 1, Integer::sum);
            content[at] ^= (byte) (1 << (at % 8));
        }
        assertThat(outcomes).containsOnlyKeys("refused", "torn end", "whole");
    }

    @Test
    void refusesToAcceptALossThatIsNotItsOwn() throws IOException {
        MemoryFileLayer damaged = files.copy();
        byte[] content = damaged.contentOf(files.segmentNames().get(0));
        content[ends.get(1) - SECTOR_BYTES / 4] ^= 4;
        assertThatThrownBy(() -> HandTurnedLog.acceptingLoss(damaged))
                .isInstanceOf(CorruptJournalException.class)
                .hasMessageContaining("other nodes count on it");

        var alone = new MemoryFileLayer();
        var log = new HandTurnedLog(alone);
        for (int i = 0; i < 3; i++) {
            log.store(1, Records.message("x"));
        }
        alone.contentOf(alone.segmentNames().get(0))[4096 + 80] ^= 4;
        HandTurnedLog.acceptingLoss(alone.copy());
        alone.createZeroed("promises-1", 4096);
        assertThatThrownBy(() -> HandTurnedLog.acceptingLoss(alone)).isInstanceOf(CorruptJournalException.class);
    }

    /** A leader may write entries of an epoch below that of those that it drops: their end is missing, not their order broken. */
    @Test
    void saysThatItIsDamagedWhereEntriesWereDroppedUnseen() throws IOException {
        var disk = new MemoryFileLayer();
        var log = new HandTurnedLog(disk);
        HandTurnedLog.Replicated shard = log.replicated(1);
        shard.append(1, 2, new JournalRecord.EpochBegun(), 1);
        log.turnUntilIdle();
        shard.intake.commit(1);
        shard.append(2, 5, new JournalRecord.EpochBegun(), 2);
        shard.append(3, 5, Records.message("dropped"), 3);
        log.turnUntilIdle();
        byte[] before = disk.contentOf(disk.segmentNames().get(0)).clone();
        shard.truncate(2, 6, 4);
        shard.append(2, 3, Records.message("instead"), 5);
        shard.append(3, 3, Records.message("instead"), 6);
        log.turnUntilIdle();
        byte[] content = disk.contentOf(disk.segmentNames().get(0));
        int truncation = Arrays.mismatch(before, content);
        shard.append(4, 3, Records.message("behind"), 7);
        log.turnUntilIdle();
        assertThat(log.reopened().log.tail(1).entriesThere().lastEpoch()).isEqualTo(3);
        for (int at = truncation; at < truncation + 512; at += 16) {
            content[at + 10] ^= 4;
        }
        assertThatThrownBy(() -> new HandTurnedLog(disk.copy())).isInstanceOf(CorruptJournalException.class);
        assertThatThrownBy(() -> HandTurnedLog.acceptingLoss(disk.copy())).isInstanceOf(CorruptJournalException.class);
    }
}
