package dev.godwit.broker.address;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A map by name in buckets, to be read only: what a {@link SnapshotMap} held, or that map itself. In no order. */
class BucketMap<V> extends AbstractMap<String, V> {
    static final int BUCKETS = 512;

    final Map<String, V>[] buckets;
    int size;

    BucketMap(Map<String, V>[] buckets, int size) {
        this.buckets = buckets;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // an array of a generic type can only be made so
    static <V> Map<String, V>[] noBuckets() {
        var none = (Map<String, V>[]) new Map<?, ?>[BUCKETS];
        Arrays.fill(none, Map.of());
        return none;
    }

    static int bucketOf(Object key) {
        int hash = key.hashCode() * 0x9E37_79B9;
        return hash >>> (Integer.SIZE - Integer.numberOfTrailingZeros(BUCKETS));
    }

    @Override
    public final @Nullable V get(Object key) {
        return buckets[bucketOf(key)].get(key);
    }

    @Override
    public final boolean containsKey(Object key) {
        return buckets[bucketOf(key)].containsKey(key);
    }

    @Override
    public final int size() {
        return size;
    }

    /** A view that changes nothing. */
    @Override
    public final Set<Entry<String, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, V>> iterator() {
                return Stream.of(buckets)
                        .flatMap(bucket -> bucket.entrySet().stream())
                        .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                        .iterator();
            }

            @Override
            public int size() {
                return size;
            }
        };
    }
}
