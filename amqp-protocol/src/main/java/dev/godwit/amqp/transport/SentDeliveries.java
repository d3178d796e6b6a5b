package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.DeliveryState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one session has sent and neither end has settled, by delivery-id, over all its links (AMQP 1.0 §2.6.12). Owned by
 * the connection's loop.
 *
 * <p>Design note: neighbours lie side by side in pages, and a page goes with its last delivery. So a disposition for many
 * walks through arrays, and one delivery that is never settled holds no more than its own page, however many pass it by.
 */
final class SentDeliveries {
    private static final int PAGE_BITS = 6;
    private static final int PAGE_SLOTS = 1 << PAGE_BITS;
    /** Page numbers begin again at 0, as ids do. */
    private static final int PAGE_MASK = -1 >>> PAGE_BITS;

    private final Map<Integer, Page> pages = new HashMap<>();
    /** The page that was written to last, and the one that was asked for last. */
    private @Nullable Page newest;

    private @Nullable Page asked;
    private int nextId;

    private static final class Page {
        private final int number;
        private final @Nullable SentDelivery[] slots = new SentDelivery[PAGE_SLOTS];
        private int taken;

        Page(int number) {
            this.number = number;
        }
    }

    /** A delivery begins: gives it its number, and keeps it unless it is settled. */
    void begin(SentDelivery delivery) {
        int id = nextId++;
        delivery.onBegun(id);
        if (!delivery.isSettled()) {
            Page page = pageFor(id);
            if (page.slots[slot(id)] == null) {
                page.taken++;
            }
            page.slots[slot(id)] = delivery;
            delivery.link().onKept(1);
        }
    }

    private Page pageFor(int id) {
        Page page = newest;
        if (page == null || page.number != id >>> PAGE_BITS || page.taken == 0) {
            page = pages.computeIfAbsent(id >>> PAGE_BITS, Page::new);
            newest = page;
        }
        return page;
    }

    /** Nothing more will be said of it. */
    void remove(SentDelivery delivery) {
        Page page = page(delivery.id() >>> PAGE_BITS);
        if (page != null && page.slots[slot(delivery.id())] == delivery) {
            clear(page, slot(delivery.id()));
        }
    }

    private static int slot(int id) {
        return id & (PAGE_SLOTS - 1);
    }

    private @Nullable Page page(int number) {
        Page page = asked;
        if (page == null || page.number != number || page.taken == 0) {
            page = pages.get(number);
            asked = page;
        }
        return page;
    }

    private void clear(Page page, int slot) {
        Objects.requireNonNull(page.slots[slot]).link().onKept(-1);
        page.slots[slot] = null;
        page.taken--;
        if (page.taken == 0) {
            pages.remove(page.number, page);
        }
    }

    /**
     * The peer speaks of its deliveries {@code first} to {@code last} (§2.7.6). Whom it means hears of it in the order of
     * the numbers; numbers that stand for nothing here mean nobody.
     *
     * @param state null when it says nothing of that
     */
    void onDisposition(int first, int last, @Nullable DeliveryState state, boolean settled) {
        int newestId = nextId - 1;
        if (first - newestId > 0) {
            return;
        }
        // What listeners send meanwhile is not meant.
        int to = last - newestId > 0 ? newestId : last;
        if (first >>> PAGE_BITS == to >>> PAGE_BITS) {
            Page page = page(first >>> PAGE_BITS);
            if (page != null) {
                onDisposition(page, first, to, state, settled);
            }
            return;
        }
        for (Page page : pagesWithin(first, to)) {
            onDisposition(page, first, to, state, settled);
        }
    }

    /** In the order of their ids, which are serial numbers (§2.8.8): distances count, not values. */
    private List<Page> pagesWithin(int first, int last) {
        int from = first >>> PAGE_BITS;
        int distance = ((last >>> PAGE_BITS) - from) & PAGE_MASK;
        var within = new ArrayList<Page>();
        if (distance > pages.size()) {
            // However far the peer's range goes, it is no more work than what is here.
            for (Page page : pages.values()) {
                if (((page.number - from) & PAGE_MASK) <= distance) {
                    within.add(page);
                }
            }
            within.sort(Comparator.comparingInt(page -> (page.number - from) & PAGE_MASK));
            return within;
        }
        for (int i = 0; i <= distance; i++) {
            Page page = pages.get((from + i) & PAGE_MASK);
            if (page != null) {
                within.add(page);
            }
        }
        return within;
    }

    private void onDisposition(Page page, int first, int last, @Nullable DeliveryState state, boolean settled) {
        int firstOfPage = page.number << PAGE_BITS;
        for (int slot = 0; slot < PAGE_SLOTS; slot++) {
            SentDelivery delivery = page.slots[slot];
            if (delivery != null && Integer.compareUnsigned(firstOfPage + slot - first, last - first) <= 0) {
                if (settled) {
                    clear(page, slot);
                }
                delivery.onDisposition(state, settled);
            }
        }
    }

    /** Nothing more will be said of what a link has sent. */
    void removeAll(ProtonSendingLink link) {
        if (!link.hasKept()) {
            return;
        }
        for (Page page : List.copyOf(pages.values())) {
            for (int slot = 0; slot < PAGE_SLOTS && link.hasKept(); slot++) {
                SentDelivery delivery = page.slots[slot];
                if (delivery != null && delivery.link() == link) {
                    clear(page, slot);
                }
            }
        }
    }

    /** The session is over. */
    void clear() {
        pages.clear();
        newest = null;
        asked = null;
    }
}
