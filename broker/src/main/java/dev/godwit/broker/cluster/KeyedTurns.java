package dev.godwit.broker.cluster;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Work that takes several turns of the loop, one piece at a time for each key, in the order in which it was given. Owned by
 * one loop.
 */
final class KeyedTurns<K> {
    private final Map<K, ArrayDeque<Consumer<Runnable>>> waiting = new HashMap<>();

    /** @param work begins when its turn has come, and runs what it is given, once, when it is done */
    void take(K key, Consumer<Runnable> work) {
        var others = waiting.get(key);
        if (others != null) {
            others.addLast(work);
            return;
        }
        waiting.put(key, new ArrayDeque<>());
        work.accept(() -> next(key));
    }

    private void next(K key) {
        var others = waiting.get(key);
        var work = others == null ? null : others.pollFirst();
        if (work == null) {
            waiting.remove(key);
        } else {
            work.accept(() -> next(key));
        }
    }
}
