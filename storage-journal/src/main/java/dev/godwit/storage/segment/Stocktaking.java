package dev.godwit.storage.segment;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * When recovery has read everything: counts what is alive in each segment, and finds what is said to be there and is not. Owned by
 * the thread that opens the journal.
 */
final class Stocktaking {
    private final Collection<LiveShard> shards;
    private final SegmentLine segments;

    Stocktaking(Collection<LiveShard> shards, SegmentLine segments) {
        this.shards = shards;
        this.segments = segments;
    }

    /**
     * Counts. To be called once.
     *
     * @return null, or which record is said to lie in a segment that is not there
     */
    @Nullable
    String count() {
        var astray = new Astray();
        for (LiveShard each : shards) {
            astray.shard = each.number;
            each.pages.forEachPage(astray);
        }
        return astray.found;
    }

    /** Null, or which definition or transaction is named that no record holds. */
    @Nullable
    String factWithoutRecord() {
        for (LiveShard each : shards) {
            for (var definition : each.definitions.entrySet()) {
                if (each.pages.get(definition.getValue()) == Location.NONE) {
                    return "no record holds " + definition.getKey() + " of shard " + each.number;
                }
            }
            if (each.votersIndex != 0 && each.pages.get(each.votersIndex) == Location.NONE) {
                return "no record holds the voters of shard " + each.number;
            }
            for (var prepared : each.prepared.entrySet()) {
                if (each.pages.get(prepared.getValue().index()) == Location.NONE) {
                    return "no record holds transaction " + prepared.getKey() + ", prepared in shard " + each.number;
                }
            }
            for (var decided : each.decided.entrySet()) {
                if (each.pages.get(decided.getValue()) == Location.NONE) {
                    return "no record holds transaction " + decided.getKey() + ", decided in shard " + each.number;
                }
            }
        }
        return null;
    }

    /** Counts neighbours of one segment together; and finds what lies nowhere. */
    private final class Astray implements RecordPages.PageVisitor {
        private final long oldest = segments.oldest().generation();
        private int shard;
        private @Nullable String found;

        @Override
        public void onPage(RecordPage page) {
            long generation = 0;
            long records = 0;
            long bytes = 0;
            for (int entry = 0; entry < RecordPages.PAGE_ENTRIES; entry++) {
                long at = page.locations[entry];
                if (at == Location.NONE) {
                    continue;
                }
                long next = Location.generation(at, oldest);
                if (next != generation) {
                    add(generation, records, bytes, page);
                    generation = next;
                    records = 0;
                    bytes = 0;
                }
                records++;
                bytes += Location.bytesAtLeast(at);
            }
            add(generation, records, bytes, page);
        }

        private void add(long generation, long records, long bytes, RecordPage page) {
            if (records == 0) {
                return;
            }
            if (segments.has(generation)) {
                segments.addLive(generation, records, bytes);
            } else if (found == null) {
                found = records + " records of shard " + shard + ", from index " + page.firstIndex()
                        + " on, would lie in segment " + generation + ", which is not there";
            }
        }
    }
}
