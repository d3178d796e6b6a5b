package dev.godwit.storage.segment;

import dev.godwit.storage.record.LongRanges;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What is alive in one shard. Owned by the writer thread, before that by the thread that opens the journal. */
final class LiveShard {
    record Definition(String kind, String key) {}

    /** @param index of the record that says so */
    record Returned(long index, int deliveryCount) {}

    /** A message in parts. */
    record Large(long encodedBytes, LongRanges parts) {}

    final int number;
    final RecordPages pages = new RecordPages();

    /** Which record defines it. */
    final Map<Definition, Long> definitions = new HashMap<>();

    /** By index of the message. */
    final Map<Long, Returned> returned = new HashMap<>();

    /** Which record holds its annotations, by index of the message. */
    final TreeMap<Long, Long> annotated = new TreeMap<>();

    /** By index of the message. */
    final TreeMap<Long, Large> large = new TreeMap<>();

    LiveShard(int number) {
        this.number = number;
    }

    /** Deletes what says something about messages that are gone, and parts that no message joins. */
    void prune() {
        returned.entrySet().removeIf(entry -> {
            boolean orphan = pages.get(entry.getKey()) == Location.NONE;
            if (orphan) {
                pages.remove(entry.getValue().index());
            }
            return orphan;
        });
        annotated.entrySet().removeIf(entry -> {
            boolean orphan = pages.get(entry.getKey()) == Location.NONE;
            if (orphan) {
                pages.remove(entry.getValue());
            }
            return orphan;
        });
        large.keySet().removeIf(index -> pages.get(index) == Location.NONE);
        var orphans = new HashSet<Long>();
        Set<Long> joined = partsOfMessages();
        RecordPages.Visitor findOrphan = (index, page) -> {
            if (page.owner(RecordPages.Page.entryOf(index)) < 0 && !joined.contains(index)) {
                orphans.add(index);
            }
        };
        pages.forEachPage(page -> {
            if (!page.isOfOneOwner() || page.owner(0) < 0) {
                RecordPages.visit(page, findOrphan);
            }
        });
        orphans.forEach(pages::remove);
    }

    private Set<Long> partsOfMessages() {
        var parts = new HashSet<Long>();
        for (Large message : large.values()) {
            for (int range = 0; range < message.parts().count(); range++) {
                for (long part = message.parts().first(range);
                        part <= message.parts().last(range);
                        part++) {
                    parts.add(part);
                }
            }
        }
        return parts;
    }
}
