package dev.godwit.broker.cluster;

import org.jspecify.annotations.Nullable;

/**
 * Copies of what logs say, that nodes give each other to save a question: who leads a shard, how much a node has to do. One may be old,
 * or missing; one that is wrong costs a question to the wrong node. Owned by the control loop.
 */
public interface Hints {
    /** Tells all nodes, unless something newer is known here. */
    void publish(String key, Hint hint);

    /** The newest that is known here; null for none. */
    @Nullable
    Hint get(String key);
}
