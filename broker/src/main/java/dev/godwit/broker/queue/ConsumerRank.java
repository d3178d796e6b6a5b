package dev.godwit.broker.queue;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The consumers with credit that have one priority, in the order in which they are served: those first that have the fewest
 * messages unsettled, and in turn where these are about as many. Owned by the queue's loop, as part of a
 * {@link ConsumerRotation}.
 *
 * <p>About as many: they are sorted into classes of 0, 1, 2 to 3, 4 to 7, 8 to 15, ... messages. So to be served costs a
 * step in a list, however many they are, and one with a backlog of its own gets no more until the others have half as much.
 */
final class ConsumerRank {
    private static final int CLASSES = Integer.SIZE;

    /** So many there is room for at first: most consumers have few messages. */
    private static final int CLASSES_MIN = 4;

    private final int priority;
    private @Nullable QueueConsumer[] first = {};
    private @Nullable QueueConsumer[] last = {};

    /** A bit for each class that has somebody in it. */
    private int occupied;

    private int size;

    ConsumerRank(int priority) {
        this.priority = priority;
    }

    private static int loadClass(QueueConsumer consumer) {
        return Math.min(CLASSES - 1, Integer.SIZE - Integer.numberOfLeadingZeros(consumer.load()));
    }

    int priority() {
        return priority;
    }

    int size() {
        return size;
    }

    void add(QueueConsumer consumer) {
        consumer.rank = this;
        link(consumer, loadClass(consumer));
        size++;
    }

    void remove(QueueConsumer consumer) {
        unlink(consumer);
        consumer.rank = null;
        size--;
    }

    /** One that stands here has settled something. */
    void onSettled(QueueConsumer consumer) {
        int loadClass = loadClass(consumer);
        if (loadClass != consumer.loadClass) {
            unlink(consumer);
            link(consumer, loadClass);
        }
    }

    private void link(QueueConsumer consumer, int loadClass) {
        if (loadClass >= first.length) {
            int length = Math.min(CLASSES, Math.max(CLASSES_MIN, 2 * loadClass));
            first = Arrays.copyOf(first, length);
            last = Arrays.copyOf(last, length);
        }
        var before = last[loadClass];
        consumer.loadClass = loadClass;
        consumer.previousInRank = before;
        consumer.nextInRank = null;
        if (before == null) {
            first[loadClass] = consumer;
            occupied |= 1 << loadClass;
        } else {
            before.nextInRank = consumer;
        }
        last[loadClass] = consumer;
    }

    private void unlink(QueueConsumer consumer) {
        int loadClass = consumer.loadClass;
        var before = consumer.previousInRank;
        var after = consumer.nextInRank;
        if (before == null) {
            first[loadClass] = after;
        } else {
            before.nextInRank = after;
        }
        if (after == null) {
            last[loadClass] = before;
        } else {
            after.previousInRank = before;
        }
        if (before == null && after == null) {
            occupied &= ~(1 << loadClass);
        }
        consumer.previousInRank = null;
        consumer.nextInRank = null;
    }

    /** Who is served first; null when nobody is here. */
    @Nullable
    QueueConsumer first() {
        return occupied == 0 ? null : first[Integer.numberOfTrailingZeros(occupied)];
    }

    /** Who is served after one that stands here; null for nobody. */
    @Nullable
    QueueConsumer after(QueueConsumer consumer) {
        if (consumer.nextInRank != null) {
            return consumer.nextInRank;
        }
        int higher = consumer.loadClass == CLASSES - 1 ? 0 : occupied & -1 << (consumer.loadClass + 1);
        return higher == 0 ? null : first[Integer.numberOfTrailingZeros(higher)];
    }
}
