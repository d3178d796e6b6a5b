package dev.godwit.broker.address;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map by name that can tell at any moment what it holds, at a price that does not grow with that: {@link #snapshot}
 * shares the buckets, and the next change copies the one bucket that it is in, a 512th of all. In no order. Not for several
 * threads; a snapshot is immutable, for any thread.
 */
public final class SnapshotMap<V> extends BucketMap<V> {
    /** Whether a snapshot has the bucket, too. */
    private final boolean[] isShared = new boolean[BUCKETS];

    public SnapshotMap() {
        super(noBuckets(), 0);
        Arrays.fill(isShared, true);
    }

    /** What the map holds now. */
    public Map<String, V> snapshot() {
        Arrays.fill(isShared, true);
        return new BucketMap<>(buckets.clone(), size);
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
}
