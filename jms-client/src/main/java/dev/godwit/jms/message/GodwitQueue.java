package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.Queue;
import javax.naming.Reference;
import javax.naming.Referenceable;

/** A queue by its name. */
public final class GodwitQueue extends GodwitDestination implements Queue, Referenceable {
    private static final long serialVersionUID = 1L;

    public GodwitQueue(String name) {
        super(Address.queue(name));
    }

    @Override
    public String getQueueName() {
        return name();
    }

    @Override
    public Reference getReference() {
        return DestinationLoader.reference(GodwitQueue.class, name());
    }
}
