package dev.godwit.broker.queue;

import java.util.function.LongPredicate;

/**
 * Sequence numbers of messages in their order, each once, 8 bytes each. Quick where they come at the end and leave at the
 * front. Owned by the queue's loop.
 */
final class SequenceList {
    static final int NUMBER_BYTES = Long.BYTES;

    private static final int ROOM_MIN = 4;

    /** A ring. */
    private long[] numbers = new long[ROOM_MIN];

    private int start;
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    private int slot(int place) {
        return (start + place) & (numbers.length - 1);
    }

    /** From 0 on, in order. */
    long get(int place) {
        if (place < 0 || place >= size) {
            throw new IndexOutOfBoundsException("place " + place + " of " + size);
        }
        return numbers[slot(place)];
    }

    void remove(int place) {
        get(place);
        if (place < size / 2) {
            for (int i = place; i > 0; i--) {
                numbers[slot(i)] = numbers[slot(i - 1)];
            }
            start = slot(1);
        } else {
            for (int i = place; i < size - 1; i++) {
                numbers[slot(i)] = numbers[slot(i + 1)];
            }
        }
        size--;
        if (size == 0 && numbers.length > ROOM_MIN) {
            numbers = new long[ROOM_MIN];
            start = 0;
        }
    }

    /** Keeps only these. */
    void retain(LongPredicate kept) {
        var staying = new SequenceList();
        for (int place = 0; place < size; place++) {
            long number = get(place);
            if (kept.test(number)) {
                staying.add(number);
            }
        }
        numbers = staying.numbers;
        start = staying.start;
        size = staying.size;
    }

    /** The place of the first that is not below this number; {@link #size} when there is none. */
    int placeOf(long sequence) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (get(middle) < sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** False when it is here already. */
    boolean add(long sequence) {
        int place = size > 0 && get(size - 1) >= sequence ? placeOf(sequence) : size;
        if (place < size && get(place) == sequence) {
            return false;
        }
        if (size == numbers.length) {
            grow();
        }
        if (place < size / 2) {
            start = slot(numbers.length - 1);
            size++;
            for (int i = 0; i < place; i++) {
                numbers[slot(i)] = numbers[slot(i + 1)];
            }
        } else {
            size++;
            for (int i = size - 1; i > place; i--) {
                numbers[slot(i)] = numbers[slot(i - 1)];
            }
        }
        numbers[slot(place)] = sequence;
        return true;
    }

    private void grow() {
        var larger = new long[2 * numbers.length];
        for (int i = 0; i < size; i++) {
            larger[i] = get(i);
        }
        numbers = larger;
        start = 0;
    }
}
