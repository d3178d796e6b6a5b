package dev.godwit.broker.address;

import dev.godwit.broker.queue.QueueDoor;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which address leads where, at one moment. Immutable: a change is a new table. A name is a queue or a topic, never both. */
public final class AddressTable {
    public static final AddressTable EMPTY = new AddressTable(Map.of(), Map.of(), Set.of(), new RoutingRules(false));

    private final Map<String, QueueDoor> queues;
    private final Map<String, TopicDoor> topics;
    private final Set<String> shared;
    private final Map<String, String> aliases;

    /**
     * @param queues immutable, as are the topics: tables are made often, and have many
     * @param shared the temporary ones that are not for one connection alone
     * @param rules whose aliases are names of queues and topics, too
     */
    public AddressTable(
            Map<String, QueueDoor> queues, Map<String, TopicDoor> topics, Set<String> shared, RoutingRules rules) {
        this.aliases = rules.meanings();
        this.queues = queues;
        this.topics = topics;
        this.shared = Set.copyOf(shared);
    }

    /** The queue at an address, as clients may spell it; null when there is none. */
    public @Nullable QueueDoor find(String address) {
        var queue = queues.get(address);
        if (queue != null) {
            return queue;
        }
        var spelling = AddressSpelling.parse(address);
        return spelling.kind() == NodeKind.TOPIC ? null : queues.get(meaning(spelling.name()));
    }

    /** The topic at an address, as clients may spell it; null when there is none. */
    public @Nullable TopicDoor findTopic(String address) {
        var topic = topics.get(address);
        if (topic != null) {
            return topic;
        }
        var spelling = AddressSpelling.parse(address);
        return spelling.kind() == NodeKind.QUEUE ? null : topics.get(meaning(spelling.name()));
    }

    /** The name of the address that is meant by a name: another one for an alias. */
    public String meaning(String name) {
        return aliases.getOrDefault(name, name);
    }

    /** True for the name of a temporary node that lives by its links and messages, not by its connection. */
    public boolean isShared(String name) {
        return shared.contains(name);
    }

    /** All queues, by their own names. */
    public Map<String, QueueDoor> queues() {
        return queues;
    }

    /** All topics, by their own names. */
    public Map<String, TopicDoor> topics() {
        return topics;
    }
}
