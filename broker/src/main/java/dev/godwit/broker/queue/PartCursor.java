package dev.godwit.broker.queue;

import dev.godwit.storage.record.LongRanges;

/** Goes through the parts of a large message in order. Owned by whoever made it. */
public final class PartCursor {
    private final LongRanges indices;
    private int range;
    private long next;

    public PartCursor(LargeMessage message) {
        indices = message.partIndices();
        next = indices.count() == 0 ? 0 : indices.first(0);
    }

    /** True when all parts have been taken. */
    public boolean isAtEnd() {
        return range == indices.count();
    }

    /**
     * Takes the next parts.
     *
     * @param into filled with their indices, from 0 on
     * @return how many; fewer than fit only at the end
     */
    public int take(long[] into) {
        int count = 0;
        while (count < into.length && !isAtEnd()) {
            into[count++] = next;
            if (next < indices.last(range)) {
                next++;
            } else {
                range++;
                next = isAtEnd() ? 0 : indices.first(range);
            }
        }
        return count;
    }
}
