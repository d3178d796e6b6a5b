package dev.godwit.storage.segment;

import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.segment.Damage.Kind;
import dev.godwit.storage.segment.Damage.LostRecords;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers what a scan finds damaged, and what turns out later to have been lost by it. Owned by one scan. */
final class DamageLedger {
    private static final class Entry {
        final Kind kind;
        final String fileName;
        final long offset;
        final long bytes;
        final String problem;
        final long firstSequence;
        final long lastSequence;
        final int salvaged;
        final int recordsLost;
        final List<LostRecords> lost = new ArrayList<>();

        Entry(
                Kind kind,
                String fileName,
                long offset,
                long bytes,
                String problem,
                long firstSequence,
                long lastSequence,
                int salvaged,
                int recordsLost) {
            this.kind = kind;
            this.fileName = fileName;
            this.offset = offset;
            this.bytes = bytes;
            this.problem = problem;
            this.firstSequence = firstSequence;
            this.lastSequence = lastSequence;
            this.salvaged = salvaged;
            this.recordsLost = recordsLost;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final List<LongRanges> accepted = new ArrayList<>();
    private @Nullable Entry lastLoss;

    /** One that begins with what this one has now. */
    DamageLedger copy() {
        var copy = new DamageLedger();
        copy.entries.addAll(entries);
        copy.accepted.addAll(accepted);
        return copy;
    }

    void addHeader(String fileName, long bytes, String problem) {
        entries.add(new Entry(Kind.HEADER, fileName, 0, bytes, problem, 0, 0, 0, 0));
    }

    void addPadding(String fileName, long offset, long bytes, String problem) {
        entries.add(new Entry(Kind.PADDING, fileName, offset, bytes, problem, 0, 0, 0, 0));
    }

    /** The last batch says that these were still needed. */
    void addOldestMissing(long firstGeneration, long lastGeneration) {
        String problem = "the file is missing, and what it held was still needed"
                + (lastGeneration > firstGeneration
                        ? "; so are all those up to " + Segment.fileName(lastGeneration)
                        : "");
        entries.add(new Entry(
                Kind.SEGMENT_MISSING, Segment.fileName(firstGeneration), 0, 0, problem, 0, 0, 0, Damage.UNKNOWN));
    }

    void addBatches(
            Segment segment,
            long offset,
            long bytes,
            String problem,
            long firstSequence,
            long lastSequence,
            int salvaged,
            int recordsLost) {
        Kind kind = segment.isMissing() ? Kind.SEGMENT_MISSING : Kind.BATCHES;
        var entry = new Entry(
                kind, segment.fileName(), offset, bytes, problem, firstSequence, lastSequence, salvaged, recordsLost);
        entries.add(entry);
        lastLoss = entry;
    }

    /** A gap has shown up, which the last loss explains. */
    void addLost(LostRecords lost) {
        if (lastLoss != null) {
            lastLoss.lost.add(lost);
        }
    }

    /** A record says that the loss of these batches was accepted. */
    void accept(LongRanges sequences) {
        accepted.add(sequences);
    }

    /** All of it, in the order in which it was found. */
    List<Damage> damages(ShardSightings sightings) {
        var damages = new ArrayList<Damage>();
        for (Entry entry : entries) {
            damages.add(new Damage(
                    entry.kind,
                    entry.fileName,
                    entry.offset,
                    entry.bytes,
                    entry.problem,
                    entry.firstSequence,
                    entry.lastSequence,
                    entry.salvaged,
                    entry.recordsLost,
                    withoutCopies(entry.lost, sightings),
                    isAccepted(entry)));
        }
        return List.copyOf(damages);
    }

    private boolean isAccepted(Entry entry) {
        if (entry.lastSequence == 0) {
            return false;
        }
        for (LongRanges sequences : accepted) {
            for (int range = 0; range < sequences.count(); range++) {
                if (sequences.first(range) <= entry.firstSequence && entry.lastSequence <= sequences.last(range)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A record whose copy was written behind the damage is not lost. */
    private static List<LostRecords> withoutCopies(List<LostRecords> gaps, ShardSightings sightings) {
        var lost = new ArrayList<LostRecords>();
        for (LostRecords gap : gaps) {
            long first = gap.first();
            for (long index = gap.first(); index <= gap.last(); index++) {
                if (sightings.hasCopy(gap.shard(), index)) {
                    if (first < index) {
                        lost.add(new LostRecords(gap.shard(), first, index - 1));
                    }
                    first = index + 1;
                }
            }
            if (first <= gap.last()) {
                lost.add(new LostRecords(gap.shard(), first, gap.last()));
            }
        }
        return lost;
    }
}
