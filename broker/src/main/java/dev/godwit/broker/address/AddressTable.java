package dev.godwit.broker.address;

import dev.godwit.broker.queue.QueueDoor;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which address leads where, at one moment. Immutable: a change is a new table. A name is a queue or a topic, never both. */
public final class AddressTable {
    public static final AddressTable EMPTY = new AddressTable(Map.of(), Map.of(), Set.of());

    private final Map<String, QueueDoor> queues;
    private final Map<String, TopicDoor> topics;
    private final Set<String> shared;

    /** @param shared the temporary ones that are not for one connection alone */
    public AddressTable(Map<String, QueueDoor> queues, Map<String, TopicDoor> topics, Set<String> shared) {
        this.queues = Map.copyOf(queues);
        this.topics = Map.copyOf(topics);
        this.shared = Set.copyOf(shared);
    }

    /** The queue at an address, as clients may spell it; null when there is none. */
    public @Nullable QueueDoor find(String address) {
        var queue = queues.get(address);
        if (queue != null) {
            return queue;
        }
        var spelling = AddressSpelling.parse(address);
        return spelling.kind() == NodeKind.QUEUE ? queues.get(spelling.name()) : null;
    }

    /** The topic at an address, as clients may spell it; null when there is none. */
    public @Nullable TopicDoor findTopic(String address) {
        var topic = topics.get(address);
        if (topic != null) {
            return topic;
        }
        var spelling = AddressSpelling.parse(address);
        return spelling.kind() == NodeKind.TOPIC ? topics.get(spelling.name()) : null;
    }

    /** True for the name of a temporary node that lives by its links and messages, not by its connection. */
    public boolean isShared(String name) {
        return shared.contains(name);
    }

    /** All queues, by name. */
    public Map<String, QueueDoor> queues() {
        return queues;
    }

    /** All topics, by name. */
    public Map<String, TopicDoor> topics() {
        return topics;
    }
}
