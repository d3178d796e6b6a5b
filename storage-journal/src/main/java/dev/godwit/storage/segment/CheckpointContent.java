package dev.godwit.storage.segment;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.format.SectionReader;
import dev.godwit.storage.format.SectionType;
import dev.godwit.storage.format.SectionWriter;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/** What stands in each section of a checkpoint, and in which order (docs/journal-format.md). */
final class CheckpointContent {
    private static final long MAGIC = 0x474F445749544350L; // GODWITCP
    private static final int FORMAT_VERSION = 1;
    private static final int ENTRIES_PER_SECTION = 4_096;

    /** Pages with fewer records name each record's place in the page. */
    private static final int SPARSE_MAX = 128;

    private static final int SPARSE = 1;
    private static final int OWNERS_DIFFER = 2;
    private static final int ATTRIBUTES_DIFFER = 4;
    private static final int EXPIRIES = 8;
    private static final int NOT_BEFORES = 16;
    private static final int SHARES = 32;

    private CheckpointContent() {}

    static void writeBegin(SectionWriter to, LogPosition position, long createdAtMillis) {
        to.begin(SectionType.BEGIN);
        to.putLong(MAGIC).putInt(FORMAT_VERSION);
        to.putLong(position.sequence()).putLong(position.generation()).putLong(position.offset());
        to.putLong(position.oldestGeneration());
        to.putLong(createdAtMillis);
        to.end();
    }

    static LogPosition readBegin(SectionReader from) throws DamagedFormatException {
        if (from.type() != SectionType.BEGIN || from.getLong() != MAGIC) {
            throw DamagedFormatException.damaged("it is no checkpoint");
        }
        int version = from.getInt();
        if (version != FORMAT_VERSION) {
            throw DamagedFormatException.foreign("its format version " + version + " is unknown");
        }
        return new LogPosition(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    static void writeSegments(SectionWriter to, List<Segment> segments) {
        for (int i = 0; i < segments.size(); i++) {
            if (i % ENTRIES_PER_SECTION == 0) {
                to.begin(SectionType.SEGMENTS);
            }
            to.putLong(segments.get(i).generation()).putLong(segments.get(i).endPosition());
            endSection(to, i, segments.size());
        }
    }

    static void writeHoles(SectionWriter to, List<Segment> segments) {
        for (Segment segment : segments) {
            for (Hole hole : segment.holes()) {
                to.begin(SectionType.HOLE);
                to.putLong(segment.generation()).putLong(hole.from()).putLong(hole.to());
                for (int i = 0; i < hole.records(); i++) {
                    to.putLong(hole.recordOffset(i));
                }
                to.end();
            }
        }
    }

    static void readHole(SectionReader from, Map<Long, List<Hole>> holesByGeneration) {
        long generation = from.getLong();
        long begin = from.getLong();
        long end = from.getLong();
        var offsets = LongStream.builder();
        while (from.hasRemaining()) {
            offsets.add(from.getLong());
        }
        holesByGeneration
                .computeIfAbsent(generation, number -> new ArrayList<>())
                .add(new Hole(begin, end, offsets.build().toArray()));
    }

    static void readSegments(SectionReader from, Map<Long, Long> endsByGeneration) {
        while (from.hasRemaining()) {
            endsByGeneration.put(from.getLong(), from.getLong());
        }
    }

    static void writeTails(SectionWriter to, Collection<ShardTail> tails) {
        to.begin(SectionType.TAILS);
        for (ShardTail tail : tails) {
            to.putInt(tail.shard()).putLong(tail.lastIndex()).putLong(tail.epoch());
        }
        to.end();
    }

    static void readTails(SectionReader from, Map<Integer, ShardTail> tails) {
        while (from.hasRemaining()) {
            int shard = from.getInt();
            var tail = new ShardTail(shard);
            tail.reached(from.getLong(), from.getLong());
            tails.put(shard, tail);
        }
    }

    /** All of a shard but its pages. */
    static void writeShard(SectionWriter to, LiveShard shard) {
        int i = 0;
        for (var definition : shard.definitions.entrySet()) {
            beginSection(to, SectionType.DEFINITIONS, shard, i);
            to.putText(definition.getKey().kind())
                    .putText(definition.getKey().key())
                    .putLong(definition.getValue());
            endSection(to, i++, shard.definitions.size());
        }
        writeReturns(to, shard);
        i = 0;
        for (var annotated : shard.annotated.entrySet()) {
            beginSection(to, SectionType.ANNOTATIONS, shard, i);
            to.putLong(annotated.getKey()).putLong(annotated.getValue());
            endSection(to, i++, shard.annotated.size());
        }
        i = 0;
        for (long note : shard.notes) {
            beginSection(to, SectionType.NOTES, shard, i);
            to.putLong(note);
            endSection(to, i++, shard.notes.size());
        }
        i = 0;
        for (var large : shard.large.entrySet()) {
            beginSection(to, SectionType.LARGE_MESSAGES, shard, i);
            to.putLong(large.getKey()).putLong(large.getValue().encodedBytes());
            writeRanges(to, large.getValue().parts());
            endSection(to, i++, shard.large.size());
        }
        writeTransactions(to, shard);
        if (shard.votersIndex != 0) {
            to.begin(SectionType.VOTERS);
            to.putInt(shard.number).putLong(shard.votersIndex);
            to.end();
        }
    }

    private static void writeReturns(SectionWriter to, LiveShard shard) {
        writeReturns(to, shard, SectionType.RETURNS, each -> each.notBeforeMillis() == RecordPages.AT_ONCE);
        writeReturns(to, shard, SectionType.RETURNS_NOT_BEFORE, each -> each.notBeforeMillis() != RecordPages.AT_ONCE);
    }

    private static void writeReturns(
            SectionWriter to, LiveShard shard, byte section, Predicate<LiveShard.Returned> belongs) {
        int count = (int) shard.returned.values().stream().filter(belongs).count();
        int i = 0;
        for (var each : shard.returned.entrySet()) {
            LiveShard.Returned returned = each.getValue();
            if (!belongs.test(returned)) {
                continue;
            }
            beginSection(to, section, shard, i);
            to.putLong(each.getKey()).putLong(returned.index()).putInt(returned.deliveryCount());
            if (section == SectionType.RETURNS_NOT_BEFORE) {
                to.putLong(returned.notBeforeMillis());
            }
            endSection(to, i++, count);
        }
    }

    private static void writeTransactions(SectionWriter to, LiveShard shard) {
        int i = 0;
        for (var prepared : shard.prepared.entrySet()) {
            beginSection(to, SectionType.PREPARED, shard, i);
            writeTransactionId(to, prepared.getKey());
            to.putLong(prepared.getValue().index()).putInt(prepared.getValue().decidingShard());
            writeRanges(to, prepared.getValue().posted());
            writeRanges(to, prepared.getValue().removed());
            endSection(to, i++, shard.prepared.size());
        }
        i = 0;
        for (var decided : shard.decided.entrySet()) {
            beginSection(to, SectionType.DECIDED, shard, i);
            writeTransactionId(to, decided.getKey());
            to.putLong(decided.getValue());
            endSection(to, i++, shard.decided.size());
        }
    }

    private static void writeTransactionId(SectionWriter to, UUID id) {
        to.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static void writeRanges(SectionWriter to, LongRanges ranges) {
        to.putInt(ranges.count());
        for (int range = 0; range < ranges.count(); range++) {
            to.putLong(ranges.first(range)).putLong(ranges.last(range));
        }
    }

    private static LongRanges readRanges(SectionReader from) {
        var bounds = new long[2 * from.getInt()];
        from.getLongs(bounds);
        return bounds.length == 0 ? LongRanges.NONE : LongRanges.ofBounds(bounds);
    }

    static void readPrepared(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            var id = new UUID(from.getLong(), from.getLong());
            shard.prepared.put(
                    id, new LiveShard.Prepared(from.getLong(), from.getInt(), readRanges(from), readRanges(from)));
        }
    }

    static void readDecided(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            shard.decided.put(new UUID(from.getLong(), from.getLong()), from.getLong());
        }
    }

    static void readDefinitions(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            shard.definitions.put(new LiveShard.Definition(from.getText(), from.getText()), from.getLong());
        }
    }

    static void readReturns(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            shard.returned.put(
                    from.getLong(), new LiveShard.Returned(from.getLong(), from.getInt(), RecordPages.AT_ONCE));
        }
    }

    static void readReturnsNotBefore(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            shard.returned.put(from.getLong(), new LiveShard.Returned(from.getLong(), from.getInt(), from.getLong()));
        }
    }

    static void readAnnotations(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            shard.annotated.put(from.getLong(), from.getLong());
        }
    }

    static void readNotes(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            shard.notes.add(from.getLong());
        }
    }

    static void readLargeMessages(SectionReader from, LiveShard shard) {
        while (from.hasRemaining()) {
            long index = from.getLong();
            long encodedBytes = from.getLong();
            shard.large.put(index, new LiveShard.Large(encodedBytes, readRanges(from)));
        }
    }

    static void writePage(SectionWriter to, int shard, RecordPage page) {
        boolean sparse = page.used() < SPARSE_MAX;
        int flags = (sparse ? SPARSE : 0)
                | (page.isOfOneOwner() ? 0 : OWNERS_DIFFER)
                | (page.isOfOneKind() ? 0 : ATTRIBUTES_DIFFER)
                | (page.isWithoutExpiry() ? 0 : EXPIRIES)
                | (page.isAllAtOnce() ? 0 : NOT_BEFORES)
                | (page.isWithoutShares() ? 0 : SHARES);
        to.begin(page.isWithoutShares() ? SectionType.PAGE : SectionType.PAGE_WITH_SHARES);
        to.putInt(shard).putLong(page.number()).putByte(flags);
        if (page.isOfOneOwner()) {
            to.putLong(page.owner(0));
        }
        if (page.isOfOneKind()) {
            to.putShort(page.attributes(0));
        }
        if (sparse) {
            to.putShort(page.used());
            writeEntries(page, (entry) -> to.putShort(entry).putLong(page.locations[entry]));
        } else {
            to.putLongs(page.locations);
        }
        if (!page.isOfOneOwner()) {
            writeEntries(page, (entry) -> to.putLong(page.owner(entry)));
        }
        if (!page.isOfOneKind()) {
            writeEntries(page, (entry) -> to.putShort(page.attributes(entry)));
        }
        if (!page.isWithoutExpiry()) {
            writeEntries(page, (entry) -> to.putLong(page.expiryTimeMillis(entry)));
        }
        if (!page.isAllAtOnce()) {
            writeEntries(page, (entry) -> to.putLong(page.notBeforeMillis(entry)));
        }
        if (!page.isWithoutShares()) {
            writeEntries(page, (entry) -> to.putLong(page.share(entry)));
        }
        to.end();
    }

    private interface EntryWriter {
        void write(int entry);
    }

    private static void writeEntries(RecordPage page, EntryWriter writer) {
        for (int entry = 0; entry < RecordPages.PAGE_ENTRIES; entry++) {
            if (page.locations[entry] != Location.NONE) {
                writer.write(entry);
            }
        }
    }

    /** The shard's number has been read before. {@code scratch} has room for a page. */
    static void readPage(SectionReader from, RecordPages pages, long[] scratch) {
        long number = from.getLong();
        int flags = from.getByte();
        long owner = (flags & OWNERS_DIFFER) == 0 ? from.getLong() : 0;
        int attributes = (flags & ATTRIBUTES_DIFFER) == 0 ? from.getShort() : 0;
        if ((flags & SPARSE) != 0) {
            Arrays.fill(scratch, Location.NONE);
            for (int left = from.getShort(); left > 0; left--) {
                scratch[from.getShort()] = from.getLong();
            }
        } else {
            from.getLongs(scratch);
        }
        pages.load(number, scratch, owner, attributes);
        RecordPage page = pages.page(number << RecordPages.PAGE_SHIFT);
        if (page == null) {
            return;
        }
        for (int column = OWNERS_DIFFER; column <= SHARES; column <<= 1) {
            if ((flags & column) != 0) {
                readColumn(from, page, column);
            }
        }
    }

    private static void readColumn(SectionReader from, RecordPage page, int column) {
        for (int entry = 0; entry < RecordPages.PAGE_ENTRIES; entry++) {
            if (page.locations[entry] == Location.NONE) {
                continue;
            }
            if (column == OWNERS_DIFFER) {
                page.describeOwner(entry, from.getLong());
            } else if (column == ATTRIBUTES_DIFFER) {
                page.describeAttributes(entry, from.getShort());
            } else if (column == EXPIRIES) {
                page.describeExpiry(entry, from.getLong());
            } else if (column == NOT_BEFORES) {
                page.describeNotBefore(entry, from.getLong());
            } else {
                page.describeShare(entry, from.getLong());
            }
        }
    }

    static void writeEnd(SectionWriter to) {
        int before = to.sections();
        to.begin(SectionType.END);
        to.putInt(before);
        to.end();
    }

    private static void beginSection(SectionWriter to, byte type, LiveShard shard, int i) {
        if (i % ENTRIES_PER_SECTION == 0) {
            to.begin(type);
            to.putInt(shard.number);
        }
    }

    private static void endSection(SectionWriter to, int i, int count) {
        if (i == count - 1 || i % ENTRIES_PER_SECTION == ENTRIES_PER_SECTION - 1) {
            to.end();
        }
    }
}
