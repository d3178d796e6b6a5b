package dev.godwit.storage.segment;

import java.util.ArrayList;
import java.util.Arrays;
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
         * @param share as {@link Page#share} had it
         */
        void onRemoved(long index, long location, long share);
    }

    /** Told of each record there is. */
    interface Visitor {
        /** The entry {@code page.entryOf(index)} of {@code page} holds it. */
        void onRecord(long index, Page page);
    }

    /** Told of each page there is. */
    interface PageVisitor {
        void onPage(Page page);
    }

    /** 512 neighbouring indices. */
    static final class Page {
        final long[] locations = new long[PAGE_ENTRIES];
        private long number;
        private int used;
        private long owner;
        private long @Nullable [] owners;
        private int attributes;
        private short @Nullable [] attributesEach;
        private long @Nullable [] expiries;
        private long @Nullable [] notBefores;
        private long @Nullable [] shares;

        /** Of how many snapshots it is none. */
        private long sinceSnapshot;

        long number() {
            return number;
        }

        /** Records in it, at least 1. */
        int used() {
            return used;
        }

        long firstIndex() {
            return number << PAGE_SHIFT;
        }

        static int entryOf(long index) {
            return (int) (index & (PAGE_ENTRIES - 1));
        }

        /** The queue of a message, the negated queue of a part of a message, else {@link #NO_QUEUE}. */
        long owner(int entry) {
            long[] each = owners;
            return each == null ? owner : each[entry];
        }

        int attributes(int entry) {
            short[] each = attributesEach;
            return each == null ? attributes : Short.toUnsignedInt(each[entry]);
        }

        long expiryTimeMillis(int entry) {
            long[] each = expiries;
            return each == null ? NO_EXPIRY : each[entry];
        }

        long notBeforeMillis(int entry) {
            long[] each = notBefores;
            return each == null ? AT_ONCE : each[entry];
        }

        /**
         * Of a message that has a shared body: by how much the body's index is less than its own. Of such a body: how many
         * need it. Of all others 0.
         */
        long share(int entry) {
            long[] each = shares;
            return each == null ? 0 : each[entry];
        }

        /** True when all belong to {@link #owner} of any entry. */
        boolean isOfOneOwner() {
            return owners == null;
        }

        /** True when all have the same attributes. */
        boolean isOfOneKind() {
            return attributesEach == null;
        }

        /** True when no record in it expires. */
        boolean isWithoutExpiry() {
            return expiries == null;
        }

        /** True when no record in it waits for a time. */
        boolean isAllAtOnce() {
            return notBefores == null;
        }

        /** True when no record in it shares a body, or is one. */
        boolean isWithoutShares() {
            return shares == null;
        }

        private Page copy() {
            var copy = new Page();
            System.arraycopy(locations, 0, copy.locations, 0, PAGE_ENTRIES);
            copy.number = number;
            copy.used = used;
            copy.owner = owner;
            copy.owners = owners == null ? null : owners.clone();
            copy.attributes = attributes;
            copy.attributesEach = attributesEach == null ? null : attributesEach.clone();
            copy.expiries = expiries == null ? null : expiries.clone();
            copy.notBefores = notBefores == null ? null : notBefores.clone();
            copy.shares = shares == null ? null : shares.clone();
            return copy;
        }

        private void describe(int entry, long newOwner, int newAttributes, long newExpiry, long newNotBefore) {
            if (used == 0) {
                owner = newOwner;
                owners = null;
                attributes = newAttributes;
                attributesEach = null;
                expiries = null;
                notBefores = null;
                shares = null;
            }
            describeOwner(entry, newOwner);
            describeAttributes(entry, newAttributes);
            describeExpiry(entry, newExpiry);
            describeNotBefore(entry, newNotBefore);
            describeShare(entry, 0);
        }

        void describeOwner(int entry, long newOwner) {
            long[] each = owners;
            if (each == null) {
                if (newOwner == owner) {
                    return;
                }
                each = new long[PAGE_ENTRIES];
                Arrays.fill(each, owner);
                owners = each;
            }
            each[entry] = newOwner;
        }

        void describeAttributes(int entry, int newAttributes) {
            short[] each = attributesEach;
            if (each == null) {
                if (newAttributes == attributes) {
                    return;
                }
                each = new short[PAGE_ENTRIES];
                Arrays.fill(each, (short) attributes);
                attributesEach = each;
            }
            each[entry] = (short) newAttributes;
        }

        void describeExpiry(int entry, long newExpiry) {
            long[] each = expiries;
            if (each == null) {
                if (newExpiry == NO_EXPIRY) {
                    return;
                }
                each = new long[PAGE_ENTRIES];
                Arrays.fill(each, NO_EXPIRY);
                expiries = each;
            }
            each[entry] = newExpiry;
        }

        void describeNotBefore(int entry, long newNotBefore) {
            long[] each = notBefores;
            if (each == null) {
                if (newNotBefore == AT_ONCE) {
                    return;
                }
                each = new long[PAGE_ENTRIES];
                notBefores = each;
            }
            each[entry] = newNotBefore;
        }

        void describeShare(int entry, long newShare) {
            long[] each = shares;
            if (each == null) {
                if (newShare == 0) {
                    return;
                }
                each = new long[PAGE_ENTRIES];
                shares = each;
            }
            each[entry] = newShare;
        }
    }

    /** 512 neighbouring pages. */
    private static final class Group {
        final long number;
        final @Nullable Page[] pages = new Page[GROUP_PAGES];
        int used;

        Group(long number) {
            this.number = number;
        }
    }

    private final TreeMap<Long, Group> groups = new TreeMap<>();
    private final Page[] spares = new Page[SPARE_PAGES];
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
        Page page = page(index);
        return page == null ? Location.NONE : page.locations[Page.entryOf(index)];
    }

    /** The page that may hold the record; null when there is none. */
    @Nullable
    Page page(long index) {
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
        Page page = group.pages[pageOf(number)];
        if (page == null) {
            page = spareCount > 0 ? spares[--spareCount] : new Page();
            page.number = number;
            page.sinceSnapshot = snapshots;
            group.pages[pageOf(number)] = page;
            group.used++;
        } else {
            page = own(group, page);
        }
        int entry = Page.entryOf(index);
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
        var page = new Page();
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
    List<Page> snapshot() {
        var pages = new ArrayList<Page>();
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
    private Page own(Group group, Page page) {
        if (isOwn(page)) {
            return page;
        }
        Page copy = page.copy();
        copy.sinceSnapshot = snapshots;
        group.pages[pageOf(page.number)] = copy;
        return copy;
    }

    private boolean isOwn(Page page) {
        return snapshotsOpen == 0 || page.sinceSnapshot == snapshots;
    }

    /** The page that holds the record, to be changed; null when there is none. */
    private @Nullable Page ownPage(long index) {
        long number = index >>> PAGE_SHIFT;
        Group group = group(number >>> GROUP_SHIFT);
        Page page = group == null ? null : group.pages[pageOf(number)];
        return group == null || page == null ? null : own(group, page);
    }

    /** Of a record that is there. */
    void describeOwner(long index, long owner) {
        Page page = ownPage(index);
        if (page == null) {
            throw new IllegalStateException("there is no record " + index + " to belong to a queue");
        }
        page.describeOwner(Page.entryOf(index), owner);
    }

    /** Moves a record that is there. */
    void relocate(long index, long location) {
        Page page = ownPage(index);
        if (page == null || page.locations[Page.entryOf(index)] == Location.NONE) {
            throw new IllegalStateException("there is no record " + index + " to move");
        }
        page.locations[Page.entryOf(index)] = location;
    }

    /** See {@link Page#share}; 0 when there is no such record. */
    long share(long index) {
        Page page = page(index);
        int entry = Page.entryOf(index);
        return page == null || page.locations[entry] == Location.NONE ? 0 : page.share(entry);
    }

    /** Of a record that is there. */
    void describeShare(long index, long share) {
        Page page = ownPage(index);
        if (page == null) {
            throw new IllegalStateException("there is no record " + index + " to share a body");
        }
        page.describeShare(Page.entryOf(index), share);
    }

    /** The location that was there, or {@link Location#NONE}. */
    long remove(long index) {
        long number = index >>> PAGE_SHIFT;
        Group group = group(number >>> GROUP_SHIFT);
        Page page = group == null ? null : group.pages[pageOf(number)];
        if (group == null || page == null) {
            return Location.NONE;
        }
        int entry = Page.entryOf(index);
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
            Page page = ceilingPage(at >>> PAGE_SHIFT);
            if (page == null || page.firstIndex() > last) {
                return;
            }
            long number = page.number;
            int from = (int) Math.max(0, first - page.firstIndex());
            int to = (int) Math.min(PAGE_ENTRIES - 1, last - page.firstIndex());
            Page own = ownPage(page.firstIndex());
            removeWithin(own == null ? page : own, from, to, removed);
            at = (number + 1) << PAGE_SHIFT;
        }
    }

    private void removeWithin(Page page, int from, int to, Removed removed) {
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
            for (Page page : group.pages) {
                if (page != null) {
                    visitor.onPage(page);
                }
            }
        }
    }

    static void visit(Page page, Visitor visitor) {
        long firstIndex = page.firstIndex();
        for (int entry = 0; entry < PAGE_ENTRIES; entry++) {
            if (page.locations[entry] != Location.NONE) {
                visitor.onRecord(firstIndex + entry, page);
            }
        }
    }

    /** The page of that number or the next one there is; null when there is none. */
    @Nullable
    Page ceilingPage(long number) {
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
                Page page = group.pages[i];
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

    private void drop(Group group, Page page) {
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
