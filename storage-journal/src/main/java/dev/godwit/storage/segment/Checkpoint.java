package dev.godwit.storage.segment;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.SectionReader;
import dev.godwit.storage.format.SectionType;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A checkpoint as it was read back. Used once, by the thread that opens the journal. */
final class Checkpoint {
    private static final int WINDOW_BYTES = 1024 * 1024;

    private final Map<Long, Long> segmentEnds = new HashMap<>();
    private final Map<Long, List<Hole>> holes = new HashMap<>();
    private final Map<Integer, ShardTail> tails = new HashMap<>();
    private final Map<Integer, CheckpointedEntries> logs = new HashMap<>();
    private final List<RecoveredLog.Restated> restatements = new ArrayList<>();
    private final LiveRecords live;
    private final long[] scratch = new long[RecordPages.PAGE_ENTRIES];
    private @Nullable LogPosition position;
    private boolean complete;

    private Checkpoint(LiveRecords live) {
        this.live = live;
    }

    /**
     * Reads a checkpoint into {@code live}, which is empty.
     *
     * @throws IOException when it does not verify; {@code live} is of no use then
     */
    static Checkpoint load(FileLayer files, String name, UUID journalId, LiveRecords live) throws IOException {
        Long sequence = CheckpointFiles.sequenceOf(name);
        if (sequence == null) {
            throw new IOException(name + " is no checkpoint");
        }
        var checkpoint = new Checkpoint(live);
        try (JournalFile file = files.openForReading(name)) {
            checkpoint.read(file, new SectionReader(journalId, sequence));
        } catch (DamagedFormatException | BufferUnderflowException | IllegalArgumentException e) {
            throw new IOException(name + " is damaged: " + e.getMessage(), e);
        }
        if (!checkpoint.complete || checkpoint.position().sequence() != sequence) {
            throw new IOException(name + " is damaged: its end is missing");
        }
        return checkpoint;
    }

    /** Where the log goes on. */
    LogPosition position() {
        if (position == null) {
            throw new IllegalStateException("the checkpoint has no beginning");
        }
        return position;
    }

    /** Where the segment ended; null when the checkpoint does not know it. */
    @Nullable
    Long endOf(long generation) {
        return segmentEnds.get(generation);
    }

    /** Where the segment was found damaged. */
    List<Hole> holesOf(long generation) {
        return holes.getOrDefault(generation, List.of());
    }

    /** With the logs of those whose commit is a majority's. */
    Map<Integer, ShardTail> tails() {
        return tails;
    }

    /** Entries that were committed, and still to be written once more. */
    List<RecoveredLog.Restated> restatements() {
        return restatements;
    }

    private CheckpointedEntries log(SectionReader section) throws DamagedFormatException {
        int shard = section.getInt();
        CheckpointedEntries log = logs.get(shard);
        if (log == null) {
            throw DamagedFormatException.damaged("the log of shard " + shard + " is missing");
        }
        return log;
    }

    private void completeLogs() throws DamagedFormatException {
        for (var each : logs.entrySet()) {
            ShardTail tail = tails.get(each.getKey());
            if (tail == null) {
                throw DamagedFormatException.damaged("the tail of shard " + each.getKey() + " is missing");
            }
            tail.replicate(each.getValue().toLog(tail.lastIndex(), tail.epoch()));
        }
    }

    private void read(JournalFile file, SectionReader sections) throws IOException, DamagedFormatException {
        ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES).limit(0);
        long at = 0;
        long end = file.bytes();
        while (!complete) {
            long bytes = SectionReader.bytesOf(window);
            if (bytes == 0 || bytes > window.remaining()) {
                if (at >= end || bytes - window.remaining() > end - at) {
                    throw DamagedFormatException.damaged("it is cut short");
                }
                if (bytes > window.capacity()) {
                    window = ByteBuffer.allocate(Math.toIntExact(bytes)).put(window);
                } else {
                    window.compact();
                }
                long before = window.position();
                file.read(window, at);
                at += window.position() - before;
                window.flip();
                continue;
            }
            sections.show(window, Math.toIntExact(bytes));
            onSection(sections);
        }
    }

    private void onSection(SectionReader section) throws DamagedFormatException {
        if (position == null) {
            position = CheckpointContent.readBegin(section);
            return;
        }
        switch (section.type()) {
            case SectionType.SEGMENTS -> CheckpointContent.readSegments(section, segmentEnds);
            case SectionType.HOLE -> CheckpointContent.readHole(section, holes);
            case SectionType.TAILS -> CheckpointContent.readTails(section, tails);
            case SectionType.DEFINITIONS -> CheckpointContent.readDefinitions(section, live.shard(section.getInt()));
            case SectionType.RETURNS -> CheckpointContent.readReturns(section, live.shard(section.getInt()));
            case SectionType.RETURNS_NOT_BEFORE ->
                CheckpointContent.readReturnsNotBefore(section, live.shard(section.getInt()));
            case SectionType.ANNOTATIONS -> CheckpointContent.readAnnotations(section, live.shard(section.getInt()));
            case SectionType.NOTES -> CheckpointContent.readNotes(section, live.shard(section.getInt()));
            case SectionType.LARGE_MESSAGES ->
                CheckpointContent.readLargeMessages(section, live.shard(section.getInt()));
            case SectionType.PREPARED -> CheckpointContent.readPrepared(section, live.shard(section.getInt()));
            case SectionType.DECIDED -> CheckpointContent.readDecided(section, live.shard(section.getInt()));
            case SectionType.VOTERS -> live.shard(section.getInt()).votersIndex = section.getLong();
            case SectionType.PAGE, SectionType.PAGE_WITH_SHARES ->
                CheckpointContent.readPage(section, live.shard(section.getInt()).pages, scratch);
            case SectionType.ENTRIES -> EntryLogContent.readLog(section, logs, live);
            case SectionType.OPEN_ENTRIES -> EntryLogContent.readOpen(section, log(section));
            case SectionType.ENTRY_PLACES -> EntryLogContent.readPlaces(section, log(section));
            case SectionType.VOTERS_BEHIND -> EntryLogContent.readVoters(section, log(section));
            case SectionType.OPEN_BODIES -> EntryLogContent.readOpenBodies(section, live.shard(section.getInt()));
            case SectionType.RESTATEMENTS -> restatements.add(EntryLogContent.readRestatement(section));
            case SectionType.END -> {
                if (section.getInt() != section.sections() - 1) {
                    throw DamagedFormatException.damaged("sections are missing");
                }
                completeLogs();
                complete = true;
            }
            default -> throw DamagedFormatException.foreign("a section has the unknown type " + section.type());
        }
    }
}
