package dev.godwit.broker.queue;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries by when something is to become of them, the next one first, and those of the same time in the order of the
 * queue. Each knows its place, so that one that is settled
 * leaves at once: what was settled long ago takes no room. Owned by the queue's loop.
 */
final class HoldHeap {
    private static final int SIZE_MIN = 16;

    private @Nullable DeliveryHold[] holds = {};
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** Null when there is none. */
    @Nullable
    DeliveryHold first() {
        return size == 0 ? null : holds[0];
    }

    void add(DeliveryHold hold) {
        if (size == holds.length) {
            holds = Arrays.copyOf(holds, Math.max(SIZE_MIN, 2 * size));
        }
        size++;
        siftUp(hold, size - 1);
    }

    /** Nothing happens when it is not here. */
    void remove(DeliveryHold hold) {
        int place = hold.place;
        if (place == DeliveryHold.NOWHERE) {
            return;
        }
        hold.place = DeliveryHold.NOWHERE;
        size--;
        var last = at(size);
        holds[size] = null;
        if (size < holds.length / 4 && holds.length > SIZE_MIN) {
            holds = Arrays.copyOf(holds, holds.length / 2);
        }
        if (last != hold) {
            siftDown(last, place);
            if (last.place == place) {
                siftUp(last, place);
            }
        }
    }

    /** Its time has changed. */
    void move(DeliveryHold hold) {
        remove(hold);
        add(hold);
    }

    private DeliveryHold at(int place) {
        var hold = holds[place];
        if (hold == null) {
            throw new IllegalStateException("no delivery at " + place + " of " + size);
        }
        return hold;
    }

    private void put(DeliveryHold hold, int place) {
        holds[place] = hold;
        hold.place = place;
    }

    private static boolean isBefore(DeliveryHold one, DeliveryHold other) {
        int order = Long.compare(one.dueMillis(), other.dueMillis());
        return order < 0
                || (order == 0 && one.entry().sequence() < other.entry().sequence());
    }

    private void siftUp(DeliveryHold hold, int from) {
        int place = from;
        while (place > 0) {
            var parent = at((place - 1) / 2);
            if (isBefore(parent, hold)) {
                break;
            }
            put(parent, place);
            place = (place - 1) / 2;
        }
        put(hold, place);
    }

    private void siftDown(DeliveryHold hold, int from) {
        int place = from;
        while (2 * place + 1 < size) {
            int child = 2 * place + 1;
            if (child + 1 < size && isBefore(at(child + 1), at(child))) {
                child++;
            }
            if (isBefore(hold, at(child))) {
                break;
            }
            put(at(child), place);
            place = child;
        }
        put(hold, place);
    }
}
