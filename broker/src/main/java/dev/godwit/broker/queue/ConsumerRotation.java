package dev.godwit.broker.queue;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Whose turn it is: the consumers with credit, one message each in turn. Owned by the queue's loop. */
final class ConsumerRotation {
    private final ArrayDeque<QueueConsumer> waiting = new ArrayDeque<>();

    int size() {
        return waiting.size();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** True when one of them has credit. */
    boolean hasTaker() {
        for (var consumer : waiting) {
            if (consumer.hasCredit()) {
                return true;
            }
        }
        return false;
    }

    /** Takes the consumer in if it has credit and is not in yet. */
    void offer(QueueConsumer consumer) {
        if (!consumer.inRotation && consumer.hasCredit()) {
            consumer.inRotation = true;
            waiting.addLast(consumer);
        }
    }

    /** Forgets a consumer that left. */
    void remove(QueueConsumer consumer) {
        if (consumer.inRotation) {
            waiting.remove(consumer);
            consumer.inRotation = false;
        }
    }

    /** True when some consumer could be given the entry. */
    boolean hasTakerFor(QueueEntry entry) {
        for (var consumer : waiting) {
            if (consumer.hasCredit() && entry.isDeliverableTo(consumer)) {
                return true;
            }
        }
        return false;
    }

    /** From where those with credit have to look at what came back. */
    long returnedPlace(ReturnedPlaces places) {
        if (places.isEmpty()) {
            return 0;
        }
        long first = Long.MAX_VALUE;
        for (var consumer : waiting) {
            if (consumer.hasCredit()) {
                first = Math.min(first, places.of(consumer));
            }
        }
        return first;
    }

    /** Consumers that lost their credit fall out. */
    void retainTakers() {
        for (int left = waiting.size(); left > 0; left--) {
            var consumer = waiting.removeFirst();
            if (consumer.hasCredit()) {
                waiting.addLast(consumer);
            } else {
                consumer.inRotation = false;
            }
        }
    }

    /** None of those with credit may have this one, nor anything between {@code place} and it. */
    void pass(ReturnedPlaces places, long place, long sequence) {
        for (var consumer : waiting) {
            if (consumer.hasCredit()) {
                places.pass(consumer, place, sequence);
            }
        }
    }

    /**
     * The next consumer that may have the entry; null when there is none. Offer it again when it has been served.
     * Consumers that lost their credit fall out on the way.
     */
    @Nullable
    QueueConsumer takeFor(QueueEntry entry) {
        for (int left = waiting.size(); left > 0; left--) {
            var consumer = waiting.removeFirst();
            if (!consumer.hasCredit()) {
                consumer.inRotation = false;
            } else if (entry.isDeliverableTo(consumer)) {
                consumer.inRotation = false;
                return consumer;
            } else {
                waiting.addLast(consumer);
            }
        }
        return null;
    }
}
