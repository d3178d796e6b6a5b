package dev.godwit.storage.segment;

import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.segment.Damage.LostRecords;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds what can be used in a damaged stretch: records that verify by themselves, and can be the ones that were written
 * there last. A stretch may hold the remains of an older write that was cut off and written over; their epochs and
 * indices tell them apart. Used by one scan.
 */
final class BatchSalvage {
    private static final int FIRST_CAPACITY = 16;

    private final ShardSightings sightings;
    private final List<LostRecords> lost = new ArrayList<>();

    BatchSalvage(ShardSightings sightings) {
        this.sightings = sightings;
    }

    /** What gaps the last {@link #search} has shown. */
    List<LostRecords> lost() {
        return lost;
    }

    /** Searches the segment that {@code reader} has open. */
    Hole search(SegmentReader reader, long from, long to) throws IOException {
        lost.clear();
        var offsets = new long[FIRST_CAPACITY];
        int count = 0;
        long at = reader.segment().isMissing() ? SegmentReader.NONE : reader.findRecord(from, to);
        while (at != SegmentReader.NONE) {
            var record = reader.foundRecord();
            if (record.type() > 0 && record.type() <= RecordType.LOSS_ACCEPTED && sightings.isPlausible(record)) {
                if (count == offsets.length) {
                    offsets = Arrays.copyOf(offsets, 2 * count);
                }
                offsets[count++] = at;
                LostRecords gap = sightings.on(record);
                if (gap != null) {
                    lost.add(gap);
                }
            }
            at = reader.findRecord(at + record.bytes(), to);
        }
        return new Hole(from, to, Arrays.copyOf(offsets, count));
    }
}
