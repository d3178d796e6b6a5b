package dev.godwit.broker.filter;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What up to {@link #LENGTH} messages say under some names, a column for each name, in 4 bytes for each message: a hash of the
 * value. For the numbers of a column 4 more say how they lie to each other. Two values that are equal have the same hash, and
 * of two numbers the larger one never has the lower order; so what is found by them still has to be looked at, and what is not
 * found need not be. Owned by one event loop.
 */
public final class CodeBlock {
    public static final int SHIFT = 10;
    public static final int LENGTH = 1 << SHIFT;

    /** The hash of no value: the message has nothing of that name, or there is no message. */
    static final int NONE = 0;

    /** In place of a hash: nobody knows what the message says. */
    static final int UNKNOWN = 1;

    /** The order of what is no number. */
    public static final int NO_NUMBER = Integer.MIN_VALUE;

    private static final int ROOM_MIN = 64;

    private final int[][] hashes;
    private final int[] @Nullable [] orders;

    /** Places that there is room for so far; what lies beyond has no value. */
    private int room = ROOM_MIN;

    public CodeBlock(int columns) {
        hashes = new int[columns][ROOM_MIN];
        orders = new int[columns][];
    }

    /** True when it takes no more than it did at first. */
    public boolean isSmall() {
        return room == ROOM_MIN;
    }

    public int columns() {
        return hashes.length;
    }

    /** Places that there is room for so far. */
    public int room() {
        return room;
    }

    /** From now on it is unknown what the message of this place says. */
    public void forget(int place) {
        makeRoom(place);
        for (int column = 0; column < hashes.length; column++) {
            set(column, place, UNKNOWN, NO_NUMBER);
        }
    }

    public boolean isUnknown(int place) {
        return place < room && hashes[0][place] == UNKNOWN;
    }

    /** There is no message any more. */
    public void clear(int place) {
        if (place < room) {
            for (int column = 0; column < hashes.length; column++) {
                set(column, place, NONE, NO_NUMBER);
            }
        }
    }

    /** What was written down of the message of this place. */
    public void restore(int column, int place, int hash, int order) {
        makeRoom(place);
        set(column, place, hash, order);
    }

    /** @param value as selectors have it; null for none */
    void put(int column, int place, @Nullable Object value) {
        makeRoom(place);
        set(column, place, ValueCodes.hash(value), ValueCodes.order(value));
    }

    private void makeRoom(int place) {
        if (place < room) {
            return;
        }
        int newRoom = Math.min(LENGTH, Math.max(2 * room, Integer.highestOneBit(place) << 1));
        for (int column = 0; column < hashes.length; column++) {
            hashes[column] = Arrays.copyOf(hashes[column], newRoom);
            int[] known = orders[column];
            if (known != null) {
                known = Arrays.copyOf(known, newRoom);
                Arrays.fill(known, room, newRoom, NO_NUMBER);
                orders[column] = known;
            }
        }
        room = newRoom;
    }

    private void set(int column, int place, int hash, int order) {
        hashes[column][place] = hash;
        int[] known = orders[column];
        if (known != null) {
            known[place] = order;
        } else if (order != NO_NUMBER) {
            known = new int[room];
            Arrays.fill(known, NO_NUMBER);
            known[place] = order;
            orders[column] = known;
        }
    }

    public int hash(int column, int place) {
        return place < room ? hashes[column][place] : NONE;
    }

    public int order(int column, int place) {
        int[] known = orders[column];
        return known == null || place >= room ? NO_NUMBER : known[place];
    }

    /** True when some value of the column is a number. */
    public boolean hasNumbers(int column) {
        return orders[column] != null;
    }

    /** The hashes of a column, as far as there is {@link #room}. */
    int[] hashesOf(int column) {
        return hashes[column];
    }

    /** The orders of a column; null when nothing in it is a number. */
    int @Nullable [] ordersOf(int column) {
        return orders[column];
    }
}
