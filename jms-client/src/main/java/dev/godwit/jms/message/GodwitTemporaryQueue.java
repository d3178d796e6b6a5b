package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.JMSException;
import jakarta.jms.TemporaryQueue;

/** A queue that lives no longer than the connection that made it. */
public final class GodwitTemporaryQueue extends GodwitDestination implements TemporaryQueue {
    private static final long serialVersionUID = 1L;

    private final transient TemporaryDestinationOwner owner;

    public GodwitTemporaryQueue(String name, TemporaryDestinationOwner owner) {
        super(new Address(name, Address.Kind.TEMPORARY_QUEUE));
        this.owner = owner;
    }

    @Override
    public String getQueueName() {
        return name();
    }

    @Override
    public void delete() throws JMSException {
        owner.delete(address());
    }

    @Override
    public boolean isOwnedBy(TemporaryDestinationOwner maker) {
        return owner == maker;
    }

    private Object readResolve() {
        return of(address());
    }
}
