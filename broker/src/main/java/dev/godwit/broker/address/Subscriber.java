package dev.godwit.broker.address;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import org.jspecify.annotations.Nullable;

/** A subscription as its topic sees it: a queue, and what is not meant for it. Owned by the topic's loop. */
final class Subscriber {
    private final QueueDoor queue;
    private final ProducerDoor door;
    private final @Nullable MessageFilter filter;
    private final @Nullable NoLocal noLocal;

    Subscriber(QueueDoor queue, EventLoop topicLoop, @Nullable MessageFilter filter, @Nullable NoLocal noLocal) {
        this.queue = queue;
        this.door = queue.openProducer(topicLoop);
        this.filter = filter;
        this.noLocal = noLocal;
    }

    QueueDoor queue() {
        return queue;
    }

    ProducerDoor door() {
        return door;
    }

    boolean wants(Message message, Publisher publisher) {
        return (noLocal == null || !noLocal.hides(publisher)) && (filter == null || filter.matches(message));
    }
}
