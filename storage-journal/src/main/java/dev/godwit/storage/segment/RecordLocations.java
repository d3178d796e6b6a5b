package dev.godwit.storage.segment;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For each live record of one shard, the generation of its segment and its size: 8 bytes a record, in pages that come
 * and go with the records. Owned by the writer thread, before that by the thread that opens the journal.
 */
final class RecordLocations {
    static final long NONE = 0;

    private static final int PAGE_SHIFT = 9;
    private static final int PAGE_ENTRIES = 1 << PAGE_SHIFT;
    private static final long BYTES_MASK = 0xFFFF_FFFFL;

    private final Map<Long, Page> pages = new HashMap<>();
    private long lastNumber = -1;
    private @Nullable Page lastPage;

    /** Told of each location that is removed. */
    interface RemovedLocation {
        void onRemoved(long index, long location);
    }

    private static final class Page {
        final long[] locations = new long[PAGE_ENTRIES];
        int used;
    }

    static long location(long generation, long bytes) {
        if (generation <= 0 || generation > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("generation out of range: " + generation);
        }
        return generation << Integer.SIZE | Math.min(bytes, BYTES_MASK);
    }

    static long generation(long location) {
        return location >>> Integer.SIZE;
    }

    static long bytes(long location) {
        return location & BYTES_MASK;
    }

    /** {@link #NONE} when there is no live record of that index. */
    long get(long index) {
        Page page = page(index >>> PAGE_SHIFT);
        return page == null ? NONE : page.locations[entry(index)];
    }

    void put(long index, long location) {
        long number = index >>> PAGE_SHIFT;
        Page page = page(number);
        if (page == null) {
            page = new Page();
            pages.put(number, page);
            lastNumber = number;
            lastPage = page;
        }
        int entry = entry(index);
        if (page.locations[entry] == NONE) {
            page.used++;
        }
        page.locations[entry] = location;
    }

    /** The location that was there, or {@link #NONE}. */
    long remove(long index) {
        long number = index >>> PAGE_SHIFT;
        Page page = page(number);
        if (page == null) {
            return NONE;
        }
        int entry = entry(index);
        long location = page.locations[entry];
        if (location != NONE) {
            page.locations[entry] = NONE;
            page.used--;
            if (page.used == 0) {
                pages.remove(number);
                forgetLast();
            }
        }
        return location;
    }

    /** Removes all from {@code first} to {@code last}, both included, however many of them there are. */
    void removeRange(long first, long last, RemovedLocation removed) {
        long firstNumber = first >>> PAGE_SHIFT;
        long lastNumberInRange = last >>> PAGE_SHIFT;
        if (lastNumberInRange - firstNumber < pages.size()) {
            for (long number = firstNumber; number <= lastNumberInRange; number++) {
                Page page = page(number);
                if (page != null && removeWithin(page, number, first, last, removed)) {
                    pages.remove(number);
                    forgetLast();
                }
            }
            return;
        }
        for (Iterator<Map.Entry<Long, Page>> all = pages.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Long, Page> entry = all.next();
            long number = entry.getKey();
            if (number >= firstNumber
                    && number <= lastNumberInRange
                    && removeWithin(entry.getValue(), number, first, last, removed)) {
                all.remove();
            }
        }
        forgetLast();
    }

    /** True when the page is empty now. */
    private static boolean removeWithin(Page page, long number, long first, long last, RemovedLocation removed) {
        long pageFirst = number << PAGE_SHIFT;
        int from = (int) Math.max(0, first - pageFirst);
        int to = (int) Math.min(PAGE_ENTRIES - 1, last - pageFirst);
        for (int entry = from; entry <= to; entry++) {
            long location = page.locations[entry];
            if (location != NONE) {
                page.locations[entry] = NONE;
                page.used--;
                removed.onRemoved(pageFirst + entry, location);
            }
        }
        return page.used == 0;
    }

    private @Nullable Page page(long number) {
        if (number != lastNumber) {
            Page page = pages.get(number);
            if (page == null) {
                return null;
            }
            lastNumber = number;
            lastPage = page;
        }
        return lastPage;
    }

    private void forgetLast() {
        lastNumber = -1;
        lastPage = null;
    }

    private static int entry(long index) {
        return (int) (index & (PAGE_ENTRIES - 1));
    }
}
