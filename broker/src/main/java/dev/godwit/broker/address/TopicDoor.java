package dev.godwit.broker.address;

import dev.godwit.broker.queue.NodeUse;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.runtime.EventLoop;

/** The only way to a {@link Topic} from another event loop. Stateless; any thread may hold it. */
public final class TopicDoor {
    private final Topic topic;
    private final NodeUse use = new NodeUse();

    public TopicDoor(Topic topic) {
        this.topic = topic;
    }

    public String name() {
        return topic.name();
    }

    /** Which links have it at their end. */
    public NodeUse use() {
        return use;
    }

    /** True for a topic that lives no longer than the connection that made it. */
    public boolean isTemporary() {
        return topic.isTemporary();
    }

    /** The topic itself, for whoever runs on its loop. */
    public Topic topic() {
        return topic;
    }

    /** A way in for one producer; {@code caller} is its loop, on which replies come. */
    public ProducerDoor openProducer(EventLoop caller, Publisher publisher) {
        return new TopicProducerDoor(topic, caller, publisher);
    }
}
