package dev.godwit.broker.queue;

import java.util.HashMap;
import java.util.Map;

/**
 * How far the consumers of a queue have looked through what came back to a lane, as far as that was in vain: what may not be
 * given to a consumer it does not look at a second time. Owned by the queue's loop; lives as long as the lane.
 *
 * <p>Only consumers that must not have some message have a place here, so the others cost nothing.
 */
final class ReturnedPlaces {
    private final Map<QueueConsumer, Long> passed = new HashMap<>();

    boolean isEmpty() {
        return passed.isEmpty();
    }

    /** Of what came back, nothing before this place may be given to the consumer. */
    long of(QueueConsumer consumer) {
        return passed.isEmpty() ? 0 : passed.getOrDefault(consumer, 0L);
    }

    /** The consumer may not have this one, nor anything between {@code place} and it. */
    void pass(QueueConsumer consumer, long place, long sequence) {
        long before = of(consumer);
        if (before < place) {
            // It came while others were looking, and has to begin by itself.
            return;
        }
        passed.put(consumer, Math.max(before, sequence + 1));
    }

    /** A message came back: those who passed its place and may have it look at it. */
    void onReturned(QueueEntry entry) {
        if (!passed.isEmpty()) {
            passed.replaceAll((consumer, place) -> place > entry.sequence() && entry.isDeliverableTo(consumer)
                    ? Long.valueOf(entry.sequence())
                    : place);
        }
    }

    /** Forgets a consumer that left. */
    void remove(QueueConsumer consumer) {
        passed.remove(consumer);
    }
}
