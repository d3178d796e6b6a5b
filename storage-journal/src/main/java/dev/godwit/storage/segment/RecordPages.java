package dev.godwit.storage.segment;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * For each live record of one shard, where it lies ({@link Location}) and what a start must know of it: 8 bytes a record
 * in pages that come and go with the records, and a little more in pages whose records belong to several queues, differ
 * in their attributes, expire, wait for a time, or share a body. Owned by the writer thread, before that by the thread that opens the journal.
 */
final class RecordPages {
    static final int PAGE_SHIFT = 9;
    static final int PAGE_ENTRIES = 1 << PAGE_SHIFT;

    /** The owner of a record that is neither a message nor a part of one. */
    static final long NO_QUEUE = 0;

    /** The owner of a body that several messages share. */
    static final long SHARED_BODY = Long.MIN_VALUE;

    static final long NO_EXPIRY = Long.MAX_VALUE;

    /** Of a record that waits for no time. */
    static final long AT_ONCE = 0;

    private static final int GROUP_SHIFT = 9;
    private static final int GROUP_PAGES = 1 << GROUP_SHIFT;
    private static final int SPARE_PAGES = 16;

    /** Told of each record that is removed. */
    interface Removed {
        /**
         * It is not there any more.
         *
         * @param share as {@link RecordPage#share} had it
         */
        void onRemoved(long index, long location, long share);
    }

    /** Told of each record there is. */
    interface Visitor {
        /** The entry {@code page.entryOf(index)} of {@code page} holds it. */
        void onRecord(long index, RecordPage page);
    }

    /** Told of each page there is. */
    interface PageVisitor {
        void onPage(RecordPage page);
    }

    /** 512 neighbouring pages. */
    private static final class Group {
        final long number;
        final @Nullable RecordPage[] pages = new RecordPage[GROUP_PAGES];
        int used;

        Group(long number) {
            this.number = number;
        }
    }

    private final TreeMap<Long, Group> groups = new TreeMap<>();
    private final RecordPage[] spares = new RecordPage[SPARE_PAGES];
    private int spareCount;
    private long records;
    private long snapshots;
    private int snapshotsOpen;

    /** The two groups that were asked for last: mostly the one that is filled and the one that is emptied. */
    private @Nullable Group recent;

    private @Nullable Group lessRecent;

    long count() {
        return records;
    }

    /** {@link Location#NONE} when there is no live record of that index. */
    long get(long index) {
        RecordPage page = page(index);
        return page == null ? Location.NONE : page.locations[RecordPage.entryOf(index)];
    }

    /** The page that may hold the record; null when there is none. */
    @Nullable
    RecordPage page(long index) {
        long number = index >>> PAGE_SHIFT;
        Group group = group(number >>> GROUP_SHIFT);
        return group == null ? null : group.pages[pageOf(number)];
    }

    /** Adds a record that waits for no time, or describes one anew. */
    void put(long index, long location, long owner, int attributes, long expiryTimeMillis) {
        put(index, location, owner, attributes, expiryTimeMillis, AT_ONCE);
    }

    /** Adds a record, or describes one anew. */
    void put(long index, long location, long owner, int attributes, long expiryTimeMillis, long notBeforeMillis) {
        long number = index >>> PAGE_SHIFT;
        Group group = group(number >>> GROUP_SHIFT);
        if (group == null) {
            group = new Group(number >>> GROUP_SHIFT);
            groups.put(group.number, group);
            remember(group);
        }
        RecordPage page = group.pages[pageOf(number)];
        if (page == null) {
            page = spareCount > 0 ? spares[--spareCount] : new RecordPage();
            page.number = number;
            page.sinceSnapshot = snapshots;
            group.pages[pageOf(number)] = page;
            group.used++;
        } else {
            page = own(group, page);
        }
        int entry = RecordPage.entryOf(index);
        page.describe(entry, owner, attributes, expiryTimeMillis, notBeforeMillis);
        if (page.locations[entry] == Location.NONE) {
            page.used++;
            records++;
        }
        page.locations[entry] = location;
    }

    /** Fills a page that is not there yet: records of one owner, all alike. {@code locations} are copied. */
    void load(long number, long[] locations, long owner, int attributes) {
        Group group = group(number >>> GROUP_SHIFT);
        if (group == null) {
            group = new Group(number >>> GROUP_SHIFT);
            groups.put(group.number, group);
            remember(group);
        }
        var page = new RecordPage();
        page.number = number;
        page.owner = owner;
        page.attributes = attributes;
        System.arraycopy(locations, 0, page.locations, 0, PAGE_ENTRIES);
        for (long location : locations) {
            page.used += location == Location.NONE ? 0 : 1;
        }
        if (page.used == 0 || group.pages[pageOf(number)] != null) {
            throw new IllegalArgumentException("page " + number + " is empty, or comes twice");
        }
        records += page.used;
        group.pages[pageOf(number)] = page;
        group.used++;
    }

    /**
     * All pages as they are now, in ascending order: what changes until {@link #releaseSnapshot} changes copies of them. Any
     * thread may read them.
     */
    List<RecordPage> snapshot() {
        var pages = new ArrayList<RecordPage>();
        forEachPage(pages::add);
        snapshots++;
        snapshotsOpen++;
        return pages;
    }

    /** Nobody reads the pages of one snapshot any more. */
    void releaseSnapshot() {
        snapshotsOpen--;
    }

    /** The page, or a copy in its place when somebody else reads it. */
    private RecordPage own(Group group, RecordPage page) {
        if (isOwn(page)) {
            return page;
        }
        RecordPage copy = page.copy();
        copy.sinceSnapshot = snapshots;
        group.pages[pageOf(page.number)] = copy;
        return copy;
    }

    private boolean isOwn(RecordPage page) {
        return snapshotsOpen == 0 || page.sinceSnapshot == snapshots;
    }

    /** The page that holds the record, to be changed; null when there is none. */
    private @Nullable RecordPage ownPage(long index) {
        long number = index >>> PAGE_SHIFT;
        Group group = group(number >>> GROUP_SHIFT);
        RecordPage page = group == null ? null : group.pages[pageOf(number)];
        return group == null || page == null ? null : own(group, page);
    }

    /** Of a record that is there. */
    void describeOwner(long index, long owner) {
        RecordPage page = ownPage(index);
        if (page == null) {
            throw new IllegalStateException("there is no record " + index + " to belong to a queue");
        }
        page.describeOwner(RecordPage.entryOf(index), owner);
    }

    /** Moves a record that is there. */
    void relocate(long index, long location) {
        RecordPage page = ownPage(index);
        if (page == null || page.locations[RecordPage.entryOf(index)] == Location.NONE) {
            throw new IllegalStateException("there is no record " + index + " to move");
        }
        page.locations[RecordPage.entryOf(index)] = location;
    }

    /** See {@link RecordPage#share}; 0 when there is no such record. */
    long share(long index) {
        RecordPage page = page(index);
        int entry = RecordPage.entryOf(index);
        return page == null || page.locations[entry] == Location.NONE ? 0 : page.share(entry);
    }

    /** Of a record that is there. */
    void describeShare(long index, long share) {
        RecordPage page = ownPage(index);
        if (page == null) {
            throw new IllegalStateException("there is no record " + index + " to share a body");
        }
        page.describeShare(RecordPage.entryOf(index), share);
    }

    /** The location that was there, or {@link Location#NONE}. */
    long remove(long index) {
        long number = index >>> PAGE_SHIFT;
        Group group = group(number >>> GROUP_SHIFT);
        RecordPage page = group == null ? null : group.pages[pageOf(number)];
        if (group == null || page == null) {
            return Location.NONE;
        }
        int entry = RecordPage.entryOf(index);
        long location = page.locations[entry];
        if (location != Location.NONE) {
            page = own(group, page);
            page.locations[entry] = Location.NONE;
            page.used--;
            records--;
            if (page.used == 0) {
                drop(group, page);
            }
        }
        return location;
    }

    /** Removes all from {@code first} to {@code last}, both included, however many of them there are. */
    void removeRange(long first, long last, Removed removed) {
        long at = first;
        while (at <= last) {
            RecordPage page = ceilingPage(at >>> PAGE_SHIFT);
            if (page == null || page.firstIndex() > last) {
                return;
            }
            long number = page.number;
            int from = (int) Math.max(0, first - page.firstIndex());
            int to = (int) Math.min(PAGE_ENTRIES - 1, last - page.firstIndex());
            RecordPage own = ownPage(page.firstIndex());
            removeWithin(own == null ? page : own, from, to, removed);
            at = (number + 1) << PAGE_SHIFT;
        }
    }

    private void removeWithin(RecordPage page, int from, int to, Removed removed) {
        long firstIndex = page.firstIndex();
        for (int entry = from; entry <= to; entry++) {
            long location = page.locations[entry];
            if (location != Location.NONE) {
                page.locations[entry] = Location.NONE;
                page.used--;
                records--;
                removed.onRemoved(firstIndex + entry, location, page.share(entry));
            }
        }
        if (page.used == 0) {
            Group group = group(page.number >>> GROUP_SHIFT);
            if (group != null) {
                drop(group, page);
            }
        }
    }

    /** All records, in ascending order. Nothing may be added or removed meanwhile. */
    void forEach(Visitor visitor) {
        forEachPage(page -> visit(page, visitor));
    }

    /** All pages, in ascending order. Nothing may be added or removed meanwhile. */
    void forEachPage(PageVisitor visitor) {
        for (Group group : groups.values()) {
            for (RecordPage page : group.pages) {
                if (page != null) {
                    visitor.onPage(page);
                }
            }
        }
    }

    static void visit(RecordPage page, Visitor visitor) {
        long firstIndex = page.firstIndex();
        for (int entry = 0; entry < PAGE_ENTRIES; entry++) {
            if (page.locations[entry] != Location.NONE) {
                visitor.onRecord(firstIndex + entry, page);
            }
        }
    }

    /** The page of that number or the next one there is; null when there is none. */
    @Nullable
    RecordPage ceilingPage(long number) {
        long groupNumber = number >>> GROUP_SHIFT;
        int first = pageOf(number);
        Group group = group(groupNumber);
        if (group == null) {
            var next = groups.higherEntry(groupNumber);
            group = next == null ? null : next.getValue();
            first = 0;
        }
        while (group != null) {
            for (int i = first; i < GROUP_PAGES; i++) {
                RecordPage page = group.pages[i];
                if (page != null) {
                    return page;
                }
            }
            var next = groups.higherEntry(group.number);
            group = next == null ? null : next.getValue();
            first = 0;
        }
        return null;
    }

    private void drop(Group group, RecordPage page) {
        group.pages[pageOf(page.number)] = null;
        group.used--;
        if (spareCount < SPARE_PAGES && isOwn(page)) {
            spares[spareCount++] = page;
        }
        if (group.used == 0) {
            groups.remove(group.number);
            recent = null;
            lessRecent = null;
        }
    }

    private @Nullable Group group(long number) {
        Group first = recent;
        if (first != null && first.number == number) {
            return first;
        }
        Group second = lessRecent;
        if (second != null && second.number == number) {
            return second;
        }
        Group found = groups.get(number);
        if (found != null) {
            remember(found);
        }
        return found;
    }

    private void remember(Group group) {
        lessRecent = recent;
        recent = group;
    }

    private static int pageOf(long number) {
        return (int) (number & (GROUP_PAGES - 1));
    }
}
