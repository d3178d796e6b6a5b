package dev.godwit.broker.cluster.hazelcast;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.replicatedmap.ReplicatedMap;
import dev.godwit.broker.cluster.Hint;
import dev.godwit.broker.cluster.HintTable;
import dev.godwit.broker.cluster.Hints;
import dev.godwit.broker.runtime.EventLoop;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries hints between nodes by a replicated map. The map may hold something old, after two halves of a cluster found each other: whoever
 * sees that puts the newer one there again, and now and then all is compared. What is known is in the {@link HintTable}, on the control loop, also when Hazelcast is
 * gone. Hazelcast's calls block, and are made on a thread of its own, {@code godwit-hazelcast}.
 */
final class HintCarrier implements Hints {
    private static final Logger log = LoggerFactory.getLogger(HintCarrier.class);
    private static final long LAST_WORD_SECONDS = 2;
    private static final long COMPARE_MILLIS = 5_000;

    private final EventLoop loop;
    private final ReplicatedMap<String, byte[]> map;
    private final HintTable table = new HintTable();
    /** What is to be put: only the newest of a key, so it cannot grow beyond the table. */
    private final Map<String, Hint> toPut = new ConcurrentHashMap<>();

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "godwit-hazelcast"));

    HintCarrier(EventLoop loop, HazelcastInstance hazelcast) {
        this.loop = loop;
        map = hazelcast.getReplicatedMap(HazelcastConfiguration.HINTS);
    }

    /** Hears of what others put, and of what is there already. */
    void start() {
        map.addEntryListener(new EntryAdapter<String, byte[]>() {
            @Override
            public void onEntryEvent(EntryEvent<String, byte[]> event) {
                onCarried(event.getKey(), event.getValue());
            }
        });
        var unused = thread.scheduleWithFixedDelay(guarded(this::compareNow), 0, COMPARE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Compares all that the map has with all that is known here: two halves that find each other do not say what is new. */
    private void compareNow() {
        Map<String, Hint> carried = new HashMap<>();
        map.forEach((key, bytes) -> {
            Hint hint = HintBytes.read(bytes);
            if (hint != null) {
                carried.put(key, hint);
            }
        });
        loop.execute(() -> {
            carried.forEach(this::offer);
            table.all().forEach((key, known) -> {
                if (!carried.containsKey(key)) {
                    put(key, known);
                }
            });
        });
    }

    /** On any thread. */
    private void onCarried(String key, byte @Nullable [] bytes) {
        Hint hint = HintBytes.read(bytes);
        if (hint != null) {
            loop.execute(() -> offer(key, hint));
        }
    }

    private void offer(String key, Hint hint) {
        Hint known = table.get(key);
        if (table.offer(key, hint) == HintTable.Outcome.OLDER && known != null) {
            put(key, known);
        }
    }

    @Override
    public void publish(String key, Hint hint) {
        loop.assertCurrent();
        if (table.offer(key, hint) == HintTable.Outcome.TAKEN) {
            put(key, hint);
        }
    }

    @Override
    public @Nullable Hint get(String key) {
        loop.assertCurrent();
        return table.get(key);
    }

    private void put(String key, Hint hint) {
        if (toPut.put(key, hint) == null) {
            onThread(() -> putNow(key));
        }
    }

    private void putNow(String key) {
        Hint hint = toPut.remove(key);
        if (hint != null) {
            Hint there = HintBytes.read(map.get(key));
            if (there == null || hint.isNewerThan(there)) {
                map.put(key, HintBytes.write(hint));
            }
        }
    }

    private void onThread(Runnable task) {
        try {
            thread.execute(guarded(task));
        } catch (RejectedExecutionException closed) {
            log.debug("closed; hints stay as they are here");
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (HazelcastInstanceNotActiveException gone) {
                log.debug("Hazelcast has ended; hints stay as they are here");
            } catch (RuntimeException failed) {
                log.warn("hints were not passed on, and will be later: {}", failed.toString());
            }
        };
    }

    /** Nothing is carried any more; what is known stays known. */
    void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LAST_WORD_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
