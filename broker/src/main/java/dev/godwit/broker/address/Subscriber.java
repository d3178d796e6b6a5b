package dev.godwit.broker.address;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import org.jspecify.annotations.Nullable;

/** A subscription as its topic sees it: a queue, and what is not meant for it. Owned by the topic's loop. */
final class Subscriber {
    /** The {@link #shard} of a queue that keeps nothing in the journal, or belongs to another loop. */
    static final int NO_SHARD = -1;

    private final QueueDoor queue;
    private final ProducerDoor door;
    private final int shard;
    private final @Nullable MessageFilter filter;
    private final @Nullable NoLocal noLocal;

    Subscriber(QueueDoor queue, EventLoop topicLoop, @Nullable MessageFilter filter, @Nullable NoLocal noLocal) {
        this.queue = queue;
        this.door = queue.openProducer(topicLoop);
        this.shard = queue.isTemporary() || !queue.isOwnedBy(topicLoop) ? NO_SHARD : queue.shard();
        this.filter = filter;
        this.noLocal = noLocal;
    }

    QueueDoor queue() {
        return queue;
    }

    ProducerDoor door() {
        return door;
    }

    /** In whose journal, on the topic's own loop, durable messages of the queue are; else {@link #NO_SHARD}. */
    int shard() {
        return shard;
    }

    boolean wants(Message message, Publisher publisher) {
        return (noLocal == null || !noLocal.hides(publisher)) && (filter == null || filter.matches(message));
    }
}
