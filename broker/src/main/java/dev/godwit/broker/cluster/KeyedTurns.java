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
    private final Map<K, Row> rows = new HashMap<>();
    private final int waitingMax;

    /** @param waitingMax for one key, of what may be refused */
    KeyedTurns(int waitingMax) {
        this.waitingMax = waitingMax;
    }

    /** Like {@link #take}; false when too much waits for that key already, and the work will not be done. */
    boolean offer(K key, Consumer<Runnable> work) {
        var row = rows.get(key);
        if (row != null && row.waiting.size() >= waitingMax) {
            return false;
        }
        take(key, work);
        return true;
    }

    /** @param work begins when its turn has come, and runs what it is given, once, when it is done */
    void take(K key, Consumer<Runnable> work) {
        var row = rows.get(key);
        if (row != null) {
            row.waiting.addLast(work);
            return;
        }
        var begun = new Row(key);
        rows.put(key, begun);
        begun.waiting.addLast(work);
        begun.goOn();
    }

    /** The work for one key. */
    private final class Row {
        private final K key;
        private final ArrayDeque<Consumer<Runnable>> waiting = new ArrayDeque<>();

        /** Work is being begun further up the stack, which goes on with the next one itself. */
        private boolean beginning;

        private boolean ended;

        Row(K key) {
            this.key = key;
        }

        /** Begins one piece of work after the other, as long as they end at once: many may, so they do not nest. */
        void goOn() {
            beginning = true;
            do {
                var work = waiting.pollFirst();
                if (work == null) {
                    rows.remove(key);
                    return;
                }
                ended = false;
                work.accept(this::onEnded);
            } while (ended);
            beginning = false;
        }

        private void onEnded() {
            ended = true;
            if (!beginning) {
                goOn();
            }
        }
    }
}
