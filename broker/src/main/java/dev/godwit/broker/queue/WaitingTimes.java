package dev.godwit.broker.queue;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How long the messages of a {@link Lane} waited: how many for each number of milliseconds below eight, and above for each
 * eighth of a power of two. Owned by the queue's loop; takes no memory before the first message.
 *
 * <p>Design note: a histogram of HdrHistogram does the same, and takes 1.3 KB as soon as it was asked for a percentile. Of
 * a hundred thousand queues this is an eighth of all that they may take.
 */
final class WaitingTimes {
    private static final int PARTS_SHIFT = 3;
    private static final int PARTS = 1 << PARTS_SHIFT;
    private static final double P50 = 0.5;
    private static final double P99 = 0.99;
    private static final double P999 = 0.999;

    private int @Nullable [] counts;
    private long total;
    private long maxMillis;

    /** The message is given out. One of which nobody knows since when it waits does not count. */
    void onGiven(QueueEntry entry, long nowMillis) {
        long since = entry.waitsSinceMillis();
        if (since != 0) {
            count(Math.max(0, nowMillis - since));
        }
    }

    void count(long millis) {
        int bucket = bucketOf(millis);
        int[] room = counts;
        if (room == null) {
            room = new int[Math.max(PARTS, bucket + 1)];
            counts = room;
        } else if (bucket >= room.length) {
            room = Arrays.copyOf(room, bucket + 1);
            counts = room;
        }
        if (room[bucket] < Integer.MAX_VALUE) {
            room[bucket]++;
            total++;
        }
        maxMillis = Math.max(maxMillis, millis);
    }

    private static int bucketOf(long millis) {
        if (millis < PARTS) {
            return (int) millis;
        }
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(millis);
        int part = (int) (millis >>> (power - PARTS_SHIFT)) & (PARTS - 1);
        return ((power - PARTS_SHIFT + 1) << PARTS_SHIFT) + part;
    }

    /** The longest time that is counted in a bucket. */
    private static long lastMillisOf(int bucket) {
        if (bucket < PARTS) {
            return bucket;
        }
        int shift = (bucket >>> PARTS_SHIFT) - 1;
        long part = (long) PARTS + (bucket & (PARTS - 1));
        return ((part + 1) << shift) - 1;
    }

    /** Null when none was given out. */
    @Nullable
    WaitStatistics describe(int priority) {
        int[] room = counts;
        return room == null
                ? null
                : new WaitStatistics(
                        priority,
                        total,
                        millisOfPart(room, P50),
                        millisOfPart(room, P99),
                        millisOfPart(room, P999),
                        maxMillis);
    }

    /** So long, or less, did this part of all wait. */
    private long millisOfPart(int[] room, double part) {
        long wanted = (long) Math.ceil(part * total);
        long seen = 0;
        for (int bucket = 0; bucket < room.length; bucket++) {
            seen += room[bucket];
            if (seen >= wanted) {
                return Math.min(maxMillis, lastMillisOf(bucket));
            }
        }
        return maxMillis;
    }
}
