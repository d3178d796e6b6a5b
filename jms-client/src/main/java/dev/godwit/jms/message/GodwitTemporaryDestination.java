package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.JMSException;

/** A destination that lives no longer than the connection that made it. Read back by Java's serialization it can be sent to, not deleted. */
abstract sealed class GodwitTemporaryDestination extends GodwitDestination
        permits GodwitTemporaryQueue, GodwitTemporaryTopic {
    private static final long serialVersionUID = 1L;

    private final transient TemporaryDestinationOwner owner;

    GodwitTemporaryDestination(Address address, TemporaryDestinationOwner owner) {
        super(address);
        this.owner = owner;
    }

    public final void delete() throws JMSException {
        owner.delete(address());
    }

    @Override
    public final boolean isOwnedBy(TemporaryDestinationOwner maker) {
        return owner == maker;
    }

    final Object readResolve() {
        return of(address());
    }
}
