package dev.godwit.storage.segment;

import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.segment.Damage.LostRecords;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far each shard has been read. The indices of a shard's records have no gaps, so a gap tells which records were in
 * a damaged place; and a record that does not follow on was not the one that belonged there. Owned by one scan.
 */
final class ShardSightings {
    private static final class Sighting {
        long lastIndex;
        long epoch;
        boolean complete;
    }

    private record Copy(int shard, long index) {}

    private final Map<Integer, Sighting> shards = new HashMap<>();
    private final Set<Copy> copies = new HashSet<>();
    private boolean fromTheBeginning;
    private boolean damaged;

    /** The first batch tells of all shards there are: one that is seen later begins with its first record. */
    void knowAll() {
        fromTheBeginning = true;
    }

    /** The log is read from a place on where the shard had come this far. */
    void begin(int shard, long lastIndex, long epoch) {
        var seen = new Sighting();
        seen.lastIndex = lastIndex;
        seen.epoch = epoch;
        seen.complete = true;
        shards.put(shard, seen);
    }

    /** From here on, gaps are losses. */
    void onDamage() {
        damaged = true;
    }

    /**
     * Whether a record of a whole batch has taken its index for a second time: then one that was salvaged before it was
     * not what belonged in its place.
     */
    boolean isRepeated(RecordView record) {
        if (!damaged || record.isMoved() || record.type() >= RecordType.SHARD_TAIL) {
            return false;
        }
        Sighting seen = shards.get(record.shard());
        return seen != null && record.index() <= seen.lastIndex;
    }

    /** Whether a record that stands in a damaged place can be the one that was written there last. */
    boolean isPlausible(RecordView record) {
        if (record.type() == RecordType.LOSS_ACCEPTED) {
            return true;
        }
        if (record.type() <= 0
                || record.type() > RecordType.LOSS_ACCEPTED
                || record.index() < 0
                || record.shard() < 0) {
            return false;
        }
        Sighting seen = shards.get(record.shard());
        if (seen == null) {
            return true;
        }
        if (record.type() == RecordType.COMMITTED || record.type() == RecordType.TRUNCATE) {
            return record.index() <= seen.lastIndex + 1;
        }
        if (record.isMoved()) {
            return record.index() <= seen.lastIndex && record.epoch() <= seen.epoch;
        }
        boolean follows = record.type() == RecordType.SHARD_TAIL
                ? record.index() >= seen.lastIndex
                : record.index() > seen.lastIndex;
        return follows && record.epoch() >= seen.epoch;
    }

    /** A record, in the order in which they were written; returns those before it that are gone, or null. */
    @Nullable
    LostRecords on(RecordView record) {
        if (record.type() == RecordType.LOSS_ACCEPTED || record.type() == RecordType.COMMITTED) {
            return null;
        }
        if (record.type() == RecordType.STATE_BEGUN) {
            return null;
        }
        if (record.type() == RecordType.STATE_INSTALLED) {
            Sighting seen = shards.computeIfAbsent(record.shard(), shard -> new Sighting());
            seen.lastIndex = Math.max(seen.lastIndex, record.index());
            seen.epoch = Math.max(seen.epoch, record.epoch());
            return null;
        }
        if (record.type() == RecordType.TRUNCATE) {
            Sighting seen = shards.get(record.shard());
            if (seen != null) {
                seen.lastIndex = Math.min(seen.lastIndex, record.index() - 1);
            }
            return null;
        }
        if (record.isMoved()) {
            if (damaged) {
                copies.add(new Copy(record.shard(), record.index()));
            }
            return null;
        }
        boolean tail = record.type() == RecordType.SHARD_TAIL;
        Sighting seen = shards.get(record.shard());
        if (seen == null) {
            seen = new Sighting();
            seen.complete = fromTheBeginning;
            shards.put(record.shard(), seen);
        }
        boolean gap = damaged && seen.complete && record.index() > seen.lastIndex + (tail ? 0 : 1);
        var lost = gap ? new LostRecords(record.shard(), seen.lastIndex + 1, record.index() - (tail ? 0 : 1)) : null;
        seen.complete = true;
        seen.epoch = Math.max(seen.epoch, record.epoch());
        if (record.type() != RecordType.CHUNK) {
            seen.lastIndex = Math.max(seen.lastIndex, record.index());
        } else {
            seen.lastIndex = Math.max(seen.lastIndex, record.index() - 1);
        }
        return lost;
    }

    /** Whether a copy of the record was seen after the damage. */
    boolean hasCopy(int shard, long index) {
        return copies.contains(new Copy(shard, index));
    }
}
