package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.SegmentHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A segment file that belongs to the journal: where its batches end, and how much of it the next start still needs.
 * Owned by the writer thread, before that by the thread that opens the journal.
 */
final class Segment {
    private static final String PREFIX = "journal-";
    private static final String SPARE_PREFIX = "spare-";
    private static final String SUFFIX = ".seg";

    private final SegmentHeader header;
    private final int salt;
    private final String fileName;
    private long endPosition = Blocks.BLOCK_BYTES;
    private long liveRecords;
    private long liveBytes;
    private final boolean missing;
    private List<Hole> holes = List.of();
    private boolean pinned;
    private long sealedAtMillis;

    Segment(SegmentHeader header, String fileName) {
        this(header, fileName, false);
    }

    private Segment(SegmentHeader header, String fileName, boolean missing) {
        this.header = header;
        salt = header.salt();
        this.fileName = fileName;
        this.missing = missing;
    }

    /** Keeps the place of a segment whose file is gone. */
    static Segment missing(UUID journalId, long generation) {
        var header = new SegmentHeader(journalId, generation, Blocks.BLOCK_BYTES, 0);
        return new Segment(header, fileName(generation), true);
    }

    /** The same file, as if nothing of it had been read. */
    Segment afresh() {
        return new Segment(header, fileName, missing);
    }

    static String fileName(long generation) {
        return PREFIX + String.format(Locale.ROOT, "%016x", generation) + SUFFIX;
    }

    static String spareName(long number) {
        return SPARE_PREFIX + String.format(Locale.ROOT, "%016x", number) + SUFFIX;
    }

    static boolean isSpareName(String name) {
        return name.startsWith(SPARE_PREFIX) && name.endsWith(SUFFIX);
    }

    /** The generation that a file name claims; null when it is no segment's name. */
    static @Nullable Long generationOf(String name) {
        if (!name.startsWith(PREFIX) || !name.endsWith(SUFFIX)) {
            return null;
        }
        try {
            return Long.parseLong(name, PREFIX.length(), name.length() - SUFFIX.length(), 16);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    SegmentHeader header() {
        return header;
    }

    /** {@link SegmentHeader#salt}, which takes a while to compute. */
    int salt() {
        return salt;
    }

    String fileName() {
        return fileName;
    }

    long generation() {
        return header.generation();
    }

    long capacityBytes() {
        return header.segmentBytes();
    }

    /** Where the next batch goes. */
    long endPosition() {
        return endPosition;
    }

    void endsAt(long position) {
        endPosition = position;
    }

    /** There is no file. */
    boolean isMissing() {
        return missing;
    }

    /** A damaged stretch was found. */
    void addHole(Hole hole) {
        var all = new ArrayList<>(holes);
        all.add(hole);
        holes = List.copyOf(all);
    }

    /** Nothing more will be written to it. Wall clock, milliseconds. */
    void sealedAt(long millis) {
        sealedAtMillis = millis;
    }

    /** 0 when it is not known. */
    long sealedAtMillis() {
        return sealedAtMillis;
    }

    List<Hole> holes() {
        return holes;
    }

    /** Something alive in it cannot be read, so it cannot be freed. */
    void pin() {
        pinned = true;
    }

    boolean isPinned() {
        return pinned;
    }

    /** The damaged stretch that begins at {@code position}, or null. */
    @Nullable
    Hole holeAt(long position) {
        for (Hole hole : holes) {
            if (hole.from() == position) {
                return hole;
            }
        }
        return null;
    }

    boolean isFresh() {
        return endPosition == Blocks.BLOCK_BYTES;
    }

    long freeBytes() {
        return capacityBytes() - endPosition;
    }

    long liveRecords() {
        return liveRecords;
    }

    long liveBytes() {
        return liveBytes;
    }

    void addLive(long records, long bytes) {
        liveRecords += records;
        liveBytes += bytes;
    }

    void removeLive(long records, long bytes) {
        if (liveRecords < records) {
            throw new IllegalStateException(fileName + " has no " + records + " live records left to remove");
        }
        liveRecords -= records;
        liveBytes -= bytes;
    }
}
