package dev.godwit.broker.address;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A map by name that can tell at any moment what it holds, at a price that does not grow with that: {@link #snapshot}
 * shares the buckets, and the next change copies the one bucket that it is in, a 512th of all. In no order. Not for several
 * threads; a snapshot is immutable, for any thread.
 */
public final class SnapshotMap<V> extends AbstractMap<String, V> {
    private static final int BUCKETS = 512;

    private final Map<String, V>[] buckets = newBuckets();

    /** Whether a snapshot has the bucket, too. */
    private final boolean[] isShared = new boolean[BUCKETS];

    private int size;

    public SnapshotMap() {
        Arrays.fill(buckets, Map.of());
        Arrays.fill(isShared, true);
    }

    @SuppressWarnings("unchecked") // an array of a generic type can only be made so
    private static <V> Map<String, V>[] newBuckets() {
        return (Map<String, V>[]) new Map<?, ?>[BUCKETS];
    }

    private static int bucketOf(Object key) {
        int hash = key.hashCode() * 0x9E37_79B9;
        return hash >>> (Integer.SIZE - Integer.numberOfTrailingZeros(BUCKETS));
    }

    /** What the map holds now. */
    public Map<String, V> snapshot() {
        Arrays.fill(isShared, true);
        return new Snapshot<>(buckets.clone(), size);
    }

    private Map<String, V> ownBucket(int number) {
        if (isShared[number]) {
            buckets[number] = new HashMap<>(buckets[number]);
            isShared[number] = false;
        }
        return buckets[number];
    }

    @Override
    public @Nullable V put(String key, V value) {
        V before = ownBucket(bucketOf(key)).put(key, value);
        if (before == null) {
            size++;
        }
        return before;
    }

    @Override
    public @Nullable V remove(Object key) {
        int number = bucketOf(key);
        if (!buckets[number].containsKey(key)) {
            return null;
        }
        size--;
        return ownBucket(number).remove(key);
    }

    @Override
    public @Nullable V get(Object key) {
        return buckets[bucketOf(key)].get(key);
    }

    @Override
    public boolean containsKey(Object key) {
        return buckets[bucketOf(key)].containsKey(key);
    }

    @Override
    public int size() {
        return size;
    }

    /** A view that changes nothing. */
    @Override
    public Set<Entry<String, V>> entrySet() {
        return new Entries<>(buckets, size);
    }

    private static final class Snapshot<V> extends AbstractMap<String, V> {
        private final Map<String, V>[] buckets;
        private final int size;

        Snapshot(Map<String, V>[] buckets, int size) {
            this.buckets = buckets;
            this.size = size;
        }

        @Override
        public @Nullable V get(Object key) {
            return buckets[bucketOf(key)].get(key);
        }

        @Override
        public boolean containsKey(Object key) {
            return buckets[bucketOf(key)].containsKey(key);
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public Set<Entry<String, V>> entrySet() {
            return new Entries<>(buckets, size);
        }
    }

    private static final class Entries<V> extends AbstractSet<Map.Entry<String, V>> {
        private final Map<String, V>[] buckets;
        private final int size;

        Entries(Map<String, V>[] buckets, int size) {
            this.buckets = buckets;
            this.size = size;
        }

        @Override
        public Iterator<Map.Entry<String, V>> iterator() {
            return Stream.of(buckets)
                    .flatMap(bucket -> bucket.entrySet().stream())
                    .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                    .iterator();
        }

        @Override
        public int size() {
            return size;
        }
    }
}
