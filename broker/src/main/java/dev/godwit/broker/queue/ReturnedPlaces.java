package dev.godwit.broker.queue;

import java.util.ArrayList;
import java.util.List;

/**
 * How far the consumers of a queue have looked through what came back, as far as that was in vain: what may not be given to
 * a consumer it does not look at a second time. Owned by the queue's loop; lives as long as the queue.
 *
 * <p>Only consumers that must not have some message have a place here, so the others cost nothing.
 */
final class ReturnedPlaces {
    private final List<QueueConsumer> passed = new ArrayList<>();

    /** The consumer may not have this one, nor anything between {@code place} and it. */
    void pass(QueueConsumer consumer, long place, long sequence) {
        if (consumer.returnedPlace < place) {
            // It came while others were looking, and has to begin by itself.
            return;
        }
        if (consumer.returnedPlace == 0 && !passed.contains(consumer)) {
            passed.add(consumer);
        }
        consumer.returnedPlace = Math.max(consumer.returnedPlace, sequence + 1);
    }

    /** A message came back: those who passed its place and may have it look at it. */
    void onReturned(QueueEntry entry) {
        for (int i = 0; i < passed.size(); i++) {
            var consumer = passed.get(i);
            if (consumer.returnedPlace > entry.sequence() && entry.isDeliverableTo(consumer)) {
                consumer.returnedPlace = entry.sequence();
            }
        }
    }

    /** Forgets a consumer that left. */
    void remove(QueueConsumer consumer) {
        if (!passed.isEmpty()) {
            passed.remove(consumer);
        }
    }
}
