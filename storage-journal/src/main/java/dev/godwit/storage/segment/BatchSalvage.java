package dev.godwit.storage.segment;

import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.segment.Damage.LostRecords;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds what can be used in a damaged stretch: records that verify by themselves, and can be the ones that were written
 * there last. A stretch may hold the remains of an older write that was cut off and written over, or bytes that a disk
 * has put in the wrong place: epochs and indices, which only go up, tell them apart. Used by one scan.
 */
final class BatchSalvage {
    private record Candidate(long offset, int shard, long index, long epoch, byte type, boolean moved) {
        Candidate(long offset, RecordView record) {
            this(offset, record.shard(), record.index(), record.epoch(), record.type(), record.isMoved());
        }

        boolean isOriginal() {
            return !moved && type <= RecordType.CHUNK;
        }
    }

    private final ShardSightings sightings;
    private final List<LostRecords> lost = new ArrayList<>();

    BatchSalvage(ShardSightings sightings) {
        this.sightings = sightings;
    }

    /** What gaps the last {@link #search} has shown. */
    List<LostRecords> lost() {
        return lost;
    }

    /**
     * Searches the segment that {@code reader} has open.
     *
     * @param firstBehind by shard, the first index behind the stretch, where it is known
     */
    Hole search(SegmentReader reader, long from, long to, Map<Integer, Long> firstBehind) throws IOException {
        lost.clear();
        if (reader.segment().isMissing()) {
            return new Hole(from, to, new long[0]);
        }
        List<Candidate> used = inOrder(candidates(reader, from, to, firstBehind));
        var offsets = new long[used.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = used.get(i).offset();
            LostRecords gap = sightings.on(reader.recordAt(offsets[i]));
            if (gap != null) {
                lost.add(gap);
            }
        }
        return new Hole(from, to, offsets);
    }

    private List<Candidate> candidates(SegmentReader reader, long from, long to, Map<Integer, Long> firstBehind)
            throws IOException {
        var candidates = new ArrayList<Candidate>();
        long at = reader.findRecord(from, to);
        while (at != SegmentReader.NONE) {
            RecordView record = reader.foundRecord();
            long bound = firstBehind.getOrDefault(record.shard(), Long.MAX_VALUE);
            boolean before = record.isMoved()
                    || record.index() < bound
                    || record.type() == RecordType.TRUNCATE
                    || (record.index() == bound && record.type() == RecordType.CHUNK);
            if (before && sightings.isPlausible(record)) {
                candidates.add(new Candidate(at, record));
            }
            at = reader.findRecord(at + record.bytes(), to);
        }
        return candidates;
    }

    /** Epochs that go up, then, from the end on, indices that go down. */
    private static List<Candidate> inOrder(List<Candidate> found) {
        var epochs = new HashMap<Integer, Long>();
        var current = new ArrayList<Candidate>();
        for (Candidate candidate : found) {
            if (candidate.type() == RecordType.COMMITTED) {
                current.add(candidate);
            } else if (candidate.moved() || candidate.epoch() >= epochs.getOrDefault(candidate.shard(), 0L)) {
                current.add(candidate);
                if (!candidate.moved()) {
                    epochs.put(candidate.shard(), candidate.epoch());
                }
            }
        }
        var next = new HashMap<Integer, Long>();
        var used = new ArrayList<Candidate>();
        for (int i = current.size() - 1; i >= 0; i--) {
            Candidate candidate = current.get(i);
            if (!candidate.isOriginal()) {
                used.add(candidate);
                continue;
            }
            long bound = next.getOrDefault(candidate.shard(), Long.MAX_VALUE);
            boolean piece = candidate.type() == RecordType.CHUNK && candidate.index() == bound;
            if (candidate.index() < bound || piece) {
                next.put(candidate.shard(), candidate.index());
                used.add(candidate);
            }
        }
        Collections.reverse(used);
        return used;
    }
}
