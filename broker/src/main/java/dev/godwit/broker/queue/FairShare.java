package dev.godwit.broker.queue;

import dev.godwit.broker.filter.CodeBlock;
import dev.godwit.broker.filter.IndexedProperties;
import dev.godwit.broker.message.Message;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which class of messages a key stands for, in a queue that shares its consumers among keys: each key has a class of its own
 * as long as there are no more than {@link #KEYS_MAX} of which something waits; further ones share theirs with others, by
 * hash. Owned by the queue's loop; lives as long as the setting.
 */
final class FairShare {
    /** Numbers of classes are below this. */
    static final int CLASSES = 64;

    static final int KEYS_MAX = CLASSES - 1;

    /** Of what came back and cannot be read. */
    static final int UNREADABLE = 0;

    private static final int FIRST = 1;
    private static final int MIX = 0x9E37_79B9;

    private final IndexedProperties properties;
    private final CodeBlock reading;
    private final byte generation;
    private final Map<Integer, Integer> byCode = new HashMap<>();

    /** By class: the key that has it to itself, when {@link #owned} says so. */
    private final int[] codes = new int[CLASSES];

    private final boolean[] owned = new boolean[CLASSES];

    /** By class: messages in line. */
    private final long[] waiting = new long[CLASSES];

    /** By class: when it was last asked for, by a count. */
    private final long[] lastAsked = new long[CLASSES];

    private long asked;

    /** Classes that were ever in use, a bit for each. */
    private long used = 1L << UNREADABLE;

    /**
     * @param properties of which the last one is the key
     * @param generation another one than that of the share before this one
     */
    FairShare(IndexedProperties properties, byte generation) {
        this.properties = properties;
        this.reading = new CodeBlock(properties.names().size());
        this.generation = generation;
    }

    /** A message of that key comes to a line; returns its class. */
    int come(int code) {
        int number = classOf(code);
        waiting[number]++;
        return number;
    }

    /** A message of that class leaves its line. */
    void leave(int number) {
        waiting[number]--;
    }

    private int classOf(int code) {
        var known = byCode.get(code);
        int number = known == null ? newClass(code) : known;
        lastAsked[number] = ++asked;
        used |= 1L << number;
        return number;
    }

    private int newClass(int code) {
        int oldest = UNREADABLE;
        for (int number = FIRST; number < CLASSES; number++) {
            if (!owned[number]) {
                return own(number, code);
            }
            if (waiting[number] == 0 && (oldest == UNREADABLE || lastAsked[number] < lastAsked[oldest])) {
                oldest = number;
            }
        }
        if (oldest == UNREADABLE) {
            return FIRST + Math.floorMod((code * MIX) >>> 8, KEYS_MAX);
        }
        byCode.remove(codes[oldest]);
        return own(oldest, code);
    }

    private int own(int number, int code) {
        owned[number] = true;
        codes[number] = code;
        byCode.put(code, number);
        return number;
    }

    /** The class of a message that came back, if it is known without looking at it; -1 when it is not. */
    int knownClassOf(QueueEntry entry) {
        return entry.shareOf(generation);
    }

    /** The same from what the message says; {@code seen} is null when it cannot be read. */
    int classOf(QueueEntry entry, @Nullable Message seen) {
        int known = knownClassOf(entry);
        if (known >= 0) {
            return known;
        }
        int number = UNREADABLE;
        if (seen != null && seen != ReadAhead.UNREADABLE) {
            properties.read(seen, reading, 0);
            number = classOf(reading.hash(reading.columns() - 1, 0));
        }
        mark(entry, number);
        return number;
    }

    /** Remembers the class of a message that leaves its line: it may come back. */
    void mark(QueueEntry entry, int number) {
        entry.shareAs(number, generation);
    }

    /** Classes of which there may be messages somewhere, a bit for each. */
    long used() {
        return used;
    }

    /** True for a class of which there may be messages somewhere. */
    boolean isUsed(int number) {
        return (used & 1L << number) != 0;
    }

    /** Keys that have classes of their own. */
    int keys() {
        return byCode.size();
    }

    @Override
    public String toString() {
        return "waiting by class " + Arrays.toString(waiting);
    }
}
