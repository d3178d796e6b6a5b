package dev.godwit.broker.queue;

import dev.godwit.storage.record.LongRanges;
import java.util.Arrays;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which numbers have come of producers that number their messages. Numbers that were left out may come later, as those of
 * messages do that were refused, or whose transaction is committed later: the latest gaps are remembered, and what lies
 * before them has come. Owned by the queue's loop.
 */
final class ProducerSequences {
    /** What one takes in memory, without its rows. */
    private static final int PRODUCER_BYTES = 160;

    /** Gaps that are remembered of a producer. */
    static final int GAPS_MAX = 64;

    /** Of which producer a number is. */
    record ProducerKey(long high, long low) {}

    /** What has come of one producer. */
    static final class Producer {
        final ProducerKey key;

        /** First and last of each row of numbers that have come, ascending; between two rows is a gap. */
        private long[] bounds = new long[2];

        private int rows;
        private long lastMillis;

        /** Where it stands in the journal as it was last written; null for nowhere. */
        DuplicateNotes.@Nullable Note note;

        /** It has changed since. */
        boolean isDirty;

        /** It is remembered no more: what is said of its producer from now on is said of another object. */
        boolean isForgotten;

        private Producer(ProducerKey key) {
            this.key = key;
        }

        private long bytes() {
            return PRODUCER_BYTES + (long) Long.BYTES * bounds.length;
        }

        private void forget() {
            isForgotten = true;
            note = null;
        }

        long lastMillis() {
            return lastMillis;
        }

        int rows() {
            return rows;
        }

        long first(int row) {
            return bounds[2 * row];
        }

        long last(int row) {
            return bounds[2 * row + 1];
        }

        boolean contains(long sequence) {
            for (int row = rows - 1; row >= 0; row--) {
                if (sequence > last(row)) {
                    return false;
                }
                if (sequence >= first(row)) {
                    return true;
                }
            }
            return false;
        }

        private void add(long sequence) {
            int row = rows - 1;
            while (row >= 0 && sequence < first(row)) {
                row--;
            }
            if (row >= 0 && sequence <= last(row)) {
                return;
            }
            boolean followsOn = row >= 0 && sequence == last(row) + 1;
            boolean leadsTo = row + 1 < rows && sequence == first(row + 1) - 1;
            if (followsOn && leadsTo) {
                bounds[2 * row + 1] = last(row + 1);
                remove(row + 1);
            } else if (followsOn) {
                bounds[2 * row + 1] = sequence;
            } else if (leadsTo) {
                bounds[2 * (row + 1)] = sequence;
            } else {
                insert(row + 1, sequence);
            }
        }

        private void insert(int row, long sequence) {
            if (2 * rows == bounds.length) {
                bounds = Arrays.copyOf(bounds, 2 * bounds.length);
            }
            System.arraycopy(bounds, 2 * row, bounds, 2 * row + 2, 2 * (rows - row));
            bounds[2 * row] = sequence;
            bounds[2 * row + 1] = sequence;
            rows++;
            if (rows > GAPS_MAX + 1) {
                bounds[1] = last(1);
                remove(1);
            }
        }

        private void remove(int row) {
            System.arraycopy(bounds, 2 * row + 2, bounds, 2 * row, 2 * (rows - row - 1));
            rows--;
        }
    }

    private final MessageMemory memory;

    /** Those of which nothing has come for longest come first. */
    private final LinkedHashMap<ProducerKey, Producer> producers = new LinkedHashMap<>();

    /** @param memory is told what is remembered, and says when all queues together remember too much */
    ProducerSequences(MessageMemory memory) {
        this.memory = memory;
    }

    int size() {
        return producers.size();
    }

    boolean contains(ProducerKey key, long sequence) {
        var producer = producers.get(key);
        return producer != null && producer.contains(sequence);
    }

    /** A number has come; returns its producer. */
    Producer add(ProducerKey key, long sequence, long nowMillis) {
        var producer = producers.remove(key);
        if (producer == null) {
            producer = new Producer(key);
        } else {
            memory.addNumbers(-producer.bytes());
        }
        producers.put(key, producer);
        producer.add(sequence);
        memory.addNumbers(producer.bytes());
        producer.lastMillis = Math.max(producer.lastMillis, nowMillis);
        return producer;
    }

    /**
     * What the journal knew of a producer when the broker started; the last that is said of it counts.
     *
     * @param rows of numbers that have come, at most one more than there may be gaps
     */
    Producer restore(ProducerKey key, LongRanges rows, long lastMillis) {
        var producer = new Producer(key);
        producer.bounds = new long[2 * rows.count()];
        for (int row = 0; row < rows.count(); row++) {
            producer.bounds[2 * row] = rows.first(row);
            producer.bounds[2 * row + 1] = rows.last(row);
        }
        producer.rows = rows.count();
        producer.lastMillis = lastMillis;
        var outdated = producers.remove(key);
        if (outdated != null) {
            forget(outdated);
        }
        producers.put(key, producer);
        memory.addNumbers(producer.bytes());
        return producer;
    }

    private void forget(Producer producer) {
        memory.addNumbers(-producer.bytes());
        producer.forget();
    }

    /**
     * Forgets those of which nothing came since that time, and those that are too many; also others when all queues together
     * remember too much, but not the last. False when there are none.
     */
    boolean forget(long untilMillis, int countMax) {
        boolean any = false;
        for (var all = producers.values().iterator(); all.hasNext(); ) {
            var oldest = all.next();
            boolean tooMuch = memory.isFullOfNumbers() && producers.size() > 1;
            if (oldest.lastMillis > untilMillis && producers.size() <= countMax && !tooMuch) {
                break;
            }
            all.remove();
            forget(oldest);
            any = true;
        }
        return any;
    }

    void clear() {
        producers.values().forEach(this::forget);
        producers.clear();
    }
}
