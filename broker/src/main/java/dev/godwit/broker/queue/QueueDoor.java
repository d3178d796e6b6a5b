package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** The only way to a {@link MessageQueue} from another event loop. Stateless; any thread may hold it. */
public final class QueueDoor {
    private final MessageQueue queue;

    public QueueDoor(MessageQueue queue) {
        this.queue = queue;
    }

    public String name() {
        return queue.name();
    }

    /** True for a queue that lives no longer than the connection that made it. */
    public boolean isTemporary() {
        return queue.isTemporary();
    }

    /** A way in for one producer; {@code caller} is its loop, on which replies come. */
    public ProducerDoor openProducer(EventLoop caller) {
        return new QueueProducerDoor(queue, caller);
    }

    /** A way out for one consumer; {@code caller} is its loop, on which {@code port} is called. */
    public ConsumerDoor openConsumer(EventLoop caller, ConsumerPort port) {
        return openConsumer(caller, port, Interest.ALL);
    }

    /** The same for a consumer that does not want every message, or only wants to look. */
    public ConsumerDoor openConsumer(EventLoop caller, ConsumerPort port, Interest interest) {
        return new ConsumerDoor(queue, caller, port, interest);
    }

    /** Removes what is in the queue and nobody has; tells {@code whenSafe}, on the queue's loop, how much that was. */
    public void purge(LongConsumer whenSafe) {
        queue.owner().execute(() -> queue.purge(whenSafe));
    }

    /** Tells the queue's counts to {@code receiver}, on the queue's loop. */
    public void readStatistics(Consumer<QueueStatistics> receiver) {
        queue.owner().execute(() -> receiver.accept(queue.statistics()));
    }
}
