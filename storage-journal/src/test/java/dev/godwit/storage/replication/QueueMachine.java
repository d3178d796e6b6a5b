package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A queue as simple as can be: the same entries make the same messages. A message is known by its entry's index. */
final class QueueMachine {
    /** A message came. */
    record Enqueue(int message) implements Payload {
        @Override
        public int sizeBytes() {
            return message % 50 == 0 ? 400_000 : 1_000;
        }
    }

    /** The message at {@code index} left. */
    record Settle(long index) implements Payload {
        @Override
        public int sizeBytes() {
            return 40;
        }
    }

    /** A message came that means nothing before its transaction is committed. */
    record Post(int transaction, int message) implements Payload {
        @Override
        public int sizeBytes() {
            return 1_000;
        }
    }

    /** What a transaction posted is there, and what it retired is gone. */
    record Commit(int transaction, List<Long> retired) implements Payload {
        @Override
        public int sizeBytes() {
            return 100;
        }
    }

    /** The whole state after an entry. */
    record Snapshot(Map<Long, Integer> ready, Map<Integer, Map<Long, Integer>> posted) implements Payload {
        @Override
        public int sizeBytes() {
            return 1_000 * ready.size();
        }
    }

    private final TreeMap<Long, Integer> ready = new TreeMap<>();
    private final Map<Integer, Map<Long, Integer>> posted = new HashMap<>();

    QueueMachine() {}

    QueueMachine(Snapshot snapshot) {
        ready.putAll(snapshot.ready());
        snapshot.posted().forEach((transaction, messages) -> posted.put(transaction, new TreeMap<>(messages)));
    }

    Snapshot snapshot() {
        Map<Integer, Map<Long, Integer>> copies = new HashMap<>();
        posted.forEach((transaction, messages) -> copies.put(transaction, new TreeMap<>(messages)));
        return new Snapshot(new TreeMap<>(ready), copies);
    }

    void apply(LogEntry entry) {
        if (entry.payload() instanceof Enqueue enqueue) {
            ready.put(entry.index(), enqueue.message());
        } else if (entry.payload() instanceof Settle settle) {
            ready.remove(settle.index());
        } else if (entry.payload() instanceof Post post) {
            posted.computeIfAbsent(post.transaction(), any -> new TreeMap<>()).put(entry.index(), post.message());
        } else if (entry.payload() instanceof Commit commit) {
            ready.putAll(posted.getOrDefault(commit.transaction(), Map.of()));
            posted.remove(commit.transaction());
            commit.retired().forEach(ready::remove);
        }
    }

    /** What may be given out, by index: in the order of the queue. */
    List<Map.Entry<Long, Integer>> ready() {
        return new ArrayList<>(ready.entrySet());
    }

    boolean isReady(long index) {
        return ready.containsKey(index);
    }

    /** The first message, from {@code index} on, or null. */
    Map.@Nullable Entry<Long, Integer> firstFrom(long index) {
        return ready.ceilingEntry(index);
    }
}
