package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.TemporaryQueue;

/** A queue that lives no longer than the connection that made it. */
public final class GodwitTemporaryQueue extends GodwitTemporaryDestination implements TemporaryQueue {
    private static final long serialVersionUID = 1L;

    public GodwitTemporaryQueue(String name, TemporaryDestinationOwner owner) {
        super(new Address(name, Address.Kind.TEMPORARY_QUEUE), owner);
    }

    @Override
    public String getQueueName() {
        return name();
    }
}
