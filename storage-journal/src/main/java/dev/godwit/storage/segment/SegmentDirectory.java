package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.SegmentHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The segment files of a directory as one gapless row. Where a header cannot be read, the file's name and the other
 * segments tell what it said; where a file is gone, its place is kept. Immutable.
 */
final class SegmentDirectory {
    private final UUID journalId;
    private final List<Segment> segments;

    private SegmentDirectory(UUID journalId, List<Segment> segments) {
        this.journalId = journalId;
        this.segments = segments;
    }

    private record Found(
            String fileName, long fileBytes, @Nullable SegmentHeader header) {}

    /** Null when there is no journal yet. */
    static @Nullable SegmentDirectory read(FileLayer files, DamageLedger ledger) throws IOException {
        var found = new TreeMap<Long, Found>();
        for (String name : files.names()) {
            Long generation = Segment.generationOf(name);
            if (generation != null) {
                found.put(generation, readHeader(files, name, generation, ledger));
            }
        }
        if (found.isEmpty()) {
            return null;
        }
        SegmentHeader known = anyHeader(found);
        return new SegmentDirectory(known.journalId(), row(found, known));
    }

    UUID journalId() {
        return journalId;
    }

    /** True when no segment is missing between others. */
    boolean isGapless() {
        return segments.stream().noneMatch(Segment::isMissing);
    }

    /** The same files, nothing of which has been read. */
    SegmentDirectory afresh() {
        return new SegmentDirectory(
                journalId, segments.stream().map(Segment::afresh).toList());
    }

    /** Oldest first. */
    List<Segment> segments() {
        return segments;
    }

    private static Found readHeader(FileLayer files, String name, long generation, DamageLedger ledger)
            throws IOException {
        var block = ByteBuffer.allocate(Blocks.BLOCK_BYTES);
        long fileBytes;
        try (JournalFile file = files.openForReading(name)) {
            fileBytes = file.bytes();
            file.read(block, 0);
        }
        block.flip();
        String problem;
        try {
            SegmentHeader header = SegmentHeader.read(block);
            if (header.generation() == generation) {
                checkRest(name, block, ledger);
                return new Found(name, fileBytes, header);
            }
            problem = "the file's header is that of generation " + header.generation();
        } catch (DamagedFormatException e) {
            if (e.isForeign()) {
                throw CorruptJournalException.foreign(name, String.valueOf(e.getMessage()));
            }
            problem = String.valueOf(e.getMessage());
        }
        ledger.addHeader(name, SegmentHeader.BYTES, problem);
        return new Found(name, fileBytes, null);
    }

    private static void checkRest(String name, ByteBuffer block, DamageLedger ledger) {
        if (!Blocks.isZero(block, SegmentHeader.BYTES, block.limit())) {
            ledger.addPadding(
                    name,
                    SegmentHeader.BYTES,
                    (long) Blocks.BLOCK_BYTES - SegmentHeader.BYTES,
                    "the rest of the header's block is not zeros");
        }
    }

    private static SegmentHeader anyHeader(SortedMap<Long, Found> found) throws CorruptJournalException {
        SegmentHeader known = null;
        for (Found each : found.values()) {
            SegmentHeader header = each.header();
            if (header != null && known != null && !header.journalId().equals(known.journalId())) {
                throw CorruptJournalException.foreign(
                        each.fileName(),
                        "it belongs to journal " + header.journalId() + ", the segments before it to "
                                + known.journalId());
            }
            known = header == null || known != null ? known : header;
        }
        if (known == null) {
            throw CorruptJournalException.at(
                    Segment.fileName(found.firstKey()),
                    0,
                    "no segment has a header that can be read, so nothing tells which journal this is; nothing was"
                            + " changed");
        }
        return known;
    }

    private static List<Segment> row(SortedMap<Long, Found> found, SegmentHeader known) {
        var row = new ArrayList<Segment>();
        long expected = found.firstKey();
        for (Map.Entry<Long, Found> each : found.entrySet()) {
            for (; expected < each.getKey(); expected++) {
                row.add(Segment.missing(known.journalId(), expected));
            }
            SegmentHeader header = each.getValue().header();
            if (header == null) {
                header = likely(known, expected, each.getValue().fileBytes());
            }
            row.add(new Segment(header, each.getValue().fileName()));
            expected++;
        }
        return List.copyOf(row);
    }

    /** What the header said, all but the time. */
    private static SegmentHeader likely(SegmentHeader known, long generation, long fileBytes) {
        boolean whole = fileBytes >= 2 * Blocks.BLOCK_BYTES && fileBytes % Blocks.BLOCK_BYTES == 0;
        return new SegmentHeader(known.journalId(), generation, whole ? fileBytes : known.segmentBytes(), 0);
    }
}
