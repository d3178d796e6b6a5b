package dev.godwit.broker.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Consumers that are to be given all there is within their credit, and told when that is done (AMQP 1.0 §2.6.7). Owned by the
 * queue's loop.
 */
final class Drains {
    private final Predicate<QueueConsumer> hasMore;
    private final List<QueueConsumer> draining = new ArrayList<>();

    /** @param hasMore whether there is a message for a consumer, or may be once it has been read */
    Drains(Predicate<QueueConsumer> hasMore) {
        this.hasMore = hasMore;
    }

    boolean isEmpty() {
        return draining.isEmpty();
    }

    /** A consumer that drains already does so once. */
    void add(QueueConsumer consumer) {
        if (!consumer.draining) {
            consumer.draining = true;
            draining.add(consumer);
        }
    }

    /** The consumer leaves: it is told nothing. */
    void remove(QueueConsumer consumer) {
        if (consumer.draining) {
            draining.remove(consumer);
        }
    }

    /**
     * Tells those that have no credit left, or for whom there is nothing more. Who is told may drain again at once, or leave, and
     * come back here: nothing is touched any more when the first one hears of it.
     */
    void end() {
        var done = new ArrayList<QueueConsumer>();
        for (int i = draining.size() - 1; i >= 0; i--) {
            var consumer = draining.get(i);
            if (consumer.hasCredit() && hasMore.test(consumer)) {
                continue;
            }
            draining.remove(i);
            consumer.draining = false;
            consumer.spendCredit();
            done.add(consumer);
        }
        tell(done);
    }

    /** One that fails takes none of the others along. */
    private static void tell(List<QueueConsumer> done) {
        RuntimeException failure = null;
        for (var consumer : done) {
            if (consumer.isGone()) {
                continue;
            }
            try {
                consumer.port().onDrained();
            } catch (RuntimeException failed) {
                failure = failed;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
