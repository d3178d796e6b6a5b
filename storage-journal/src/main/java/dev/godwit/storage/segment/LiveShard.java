package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** What is alive in one shard. Owned by the writer thread, before that by the thread that opens the journal. */
final class LiveShard {
    record Definition(String kind, String key) {}

    /**
     * A message that came back.
     *
     * @param index of the record that says so
     */
    record Returned(long index, int deliveryCount, long notBeforeMillis) {}

    /** A message in parts. */
    record Large(long encodedBytes, LongRanges parts) {}

    /**
     * A transaction that is prepared.
     *
     * @param index of the record that says so
     */
    record Prepared(long index, int decidingShard, LongRanges posted, LongRanges removed) {}

    final int number;
    final RecordPages pages = new RecordPages();

    /** Which record defines it. */
    final Map<Definition, Long> definitions = new HashMap<>();

    /** By index of the message. */
    final Map<Long, Returned> returned = new HashMap<>();

    /** Which record holds its annotations, by index of the message. */
    final TreeMap<Long, Long> annotated = new TreeMap<>();

    /** Which records are notes of queues. */
    final TreeSet<Long> notes = new TreeSet<>();

    /** By index of the message. */
    final TreeMap<Long, Large> large = new TreeMap<>();

    /** By transaction. */
    final Map<UUID, Prepared> prepared = new HashMap<>();

    /** How many bodies there are that messages share. */
    int sharedBodies;

    /**
     * Of a majority: those of them of which more copies may follow, whoever has written them. That ends with the epoch.
     */
    final TreeSet<Long> openBodies = new TreeSet<>();

    /** By transaction: which record decided it. */
    final Map<UUID, Long> decided = new HashMap<>();

    /** Which record names the voters; 0 for none. */
    long votersIndex;

    /**
     * Its commit is a majority's: what is begun here ends with the epoch in which it was, not with this process, for whoever
     * leads goes on.
     */
    boolean replicated;

    /** The last record that says that an epoch began. */
    long epochBegunIndex;

    LiveShard(int number) {
        this.number = number;
    }

    /**
     * Deletes what says something about messages that are gone, parts that no message joins, bodies that no message shares,
     * messages whose shared body is lost, and posted messages of transactions that ended with the process.
     *
     * @return how many messages are lost with a body
     */
    int prune() {
        List<Long> lost = countShares();
        openBodies.removeIf(index -> index < epochBegunIndex || share(index, 1) < 0);
        lost.forEach(pages::remove);
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
        notes.removeIf(index -> pages.get(index) == Location.NONE);
        dangling().forEach(pages::remove);
        return lost.size();
    }

    /**
     * Parts that no message joins, bodies that no message shares, and posted messages of transactions that have ended with
     * the process, or with the epoch before the last. What is known of large ones besides is forgotten.
     */
    Set<Long> dangling() {
        long bound = replicated ? epochBegunIndex : Long.MAX_VALUE;
        Set<Long> joined = postedAndPrepared();
        large.keySet().removeIf(index -> index < bound && !isMessage(index) && !joined.contains(index));
        addPartsOfMessages(joined);
        var orphans = new HashSet<Long>();
        RecordPages.Visitor findOrphan = (index, page) -> {
            int entry = RecordPage.entryOf(index);
            long owner = page.owner(entry);
            boolean needed = owner == RecordPages.SHARED_BODY ? page.share(entry) > 0 : joined.contains(index);
            if (owner < 0 && !needed && index < bound) {
                orphans.add(index);
                sharedBodies -= owner == RecordPages.SHARED_BODY ? 1 : 0;
            }
        };
        pages.forEachPage(page -> {
            if (!page.isOfOneOwner() || page.owner(0) < 0) {
                RecordPages.visit(page, findOrphan);
            }
        });
        return orphans;
    }

    /**
     * Forgets what is known of messages besides where they lie.
     *
     * @param first index of the messages, from this one to {@code last}
     * @param records told the indices of records that said something of them
     * @param parts told which of them were in parts
     */
    void forgetDetailsWithin(long first, long last, LongConsumer records, Consumer<Large> parts) {
        if (!returned.isEmpty()) {
            returned.entrySet().removeIf(entry -> {
                boolean within = entry.getKey() >= first && entry.getKey() <= last;
                if (within) {
                    records.accept(entry.getValue().index());
                }
                return within;
            });
        }
        if (!annotated.isEmpty()) {
            var annotatedWithin = annotated.subMap(first, true, last, true);
            annotatedWithin.values().forEach(records::accept);
            annotatedWithin.clear();
        }
        if (!notes.isEmpty()) {
            notes.subSet(first, true, last, true).clear();
        }
        if (!large.isEmpty()) {
            var within = large.subMap(first, true, last, true);
            within.values().forEach(parts);
            within.clear();
        }
    }

    /** Of bodies before {@code index} nobody makes copies any more. */
    void closeBodies(long index) {
        Set<Long> closed = openBodies.headSet(index);
        closed.forEach(body -> share(body, -1));
        closed.clear();
    }

    /** True of a message; false of one that was posted and not committed, and of one that is not there. */
    boolean isMessage(long index) {
        RecordPage page = pages.page(index);
        int entry = RecordPage.entryOf(index);
        return page != null && page.locations[entry] != Location.NONE && page.owner(entry) > 0;
    }

    /** Who shares a body is known when all messages are. Returns the messages whose body is not there. */
    private List<Long> countShares() {
        sharedBodies = 0;
        RecordPages.Visitor forget = (index, page) -> {
            int entry = RecordPage.entryOf(index);
            if (page.owner(entry) == RecordPages.SHARED_BODY) {
                page.describeShare(entry, 0);
                sharedBodies++;
            }
        };
        pages.forEachPage(page -> {
            if (!page.isOfOneOwner() || page.owner(0) == RecordPages.SHARED_BODY) {
                RecordPages.visit(page, forget);
            }
        });
        var lost = new ArrayList<Long>();
        RecordPages.Visitor count = (index, page) -> {
            int entry = RecordPage.entryOf(index);
            boolean isCopy = page.owner(entry) > 0 && page.share(entry) != 0;
            if (isCopy && share(index - page.share(entry), 1) < 0) {
                lost.add(index);
            }
        };
        pages.forEachPage(page -> {
            if (!page.isWithoutShares()) {
                RecordPages.visit(page, count);
            }
        });
        return lost;
    }

    /**
     * So many more messages need the body.
     *
     * @return how many need it now; -1 when it is not there, or was lost
     */
    long share(long bodyIndex, int more) {
        if (!isSharedBody(bodyIndex)) {
            return -1;
        }
        long shares = pages.share(bodyIndex) + more;
        pages.describeShare(bodyIndex, shares);
        return shares;
    }

    boolean isSharedBody(long index) {
        RecordPage page = pages.page(index);
        int entry = RecordPage.entryOf(index);
        return page != null && page.locations[entry] != Location.NONE && page.owner(entry) == RecordPages.SHARED_BODY;
    }

    /** What is known of a message that shares a body; null of any other record. */
    JournalRecord.@Nullable CopyEnqueued copyAt(long index) {
        RecordPage page = pages.page(index);
        int entry = RecordPage.entryOf(index);
        if (page == null
                || page.locations[entry] == Location.NONE
                || page.share(entry) == 0
                || page.owner(entry) <= 0) {
            return null;
        }
        return new JournalRecord.CopyEnqueued(
                page.owner(entry),
                page.expiryTimeMillis(entry),
                page.attributes(entry),
                page.notBeforeMillis(entry),
                index - page.share(entry));
    }

    private Set<Long> postedAndPrepared() {
        var posted = new HashSet<Long>();
        for (Prepared each : prepared.values()) {
            for (int range = 0; range < each.posted().count(); range++) {
                for (long index = each.posted().first(range);
                        index <= each.posted().last(range);
                        index++) {
                    posted.add(index);
                }
            }
        }
        return posted;
    }

    private void addPartsOfMessages(Set<Long> parts) {
        for (Large message : large.values()) {
            for (int range = 0; range < message.parts().count(); range++) {
                for (long part = message.parts().first(range);
                        part <= message.parts().last(range);
                        part++) {
                    parts.add(part);
                }
            }
        }
    }
}
