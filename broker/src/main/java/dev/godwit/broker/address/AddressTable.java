package dev.godwit.broker.address;

import dev.godwit.broker.queue.QueueDoor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which address leads where, at one moment. Immutable: a change is a new table. */
public final class AddressTable {
    public static final AddressTable EMPTY = new AddressTable(Map.of());

    private final Map<String, QueueDoor> queues;

    public AddressTable(Map<String, QueueDoor> queues) {
        this.queues = Map.copyOf(queues);
    }

    /** The queue at an address; null when there is none. */
    public @Nullable QueueDoor find(String address) {
        return queues.get(address);
    }

    /** All queues, by address. */
    public Map<String, QueueDoor> queues() {
        return queues;
    }
}
