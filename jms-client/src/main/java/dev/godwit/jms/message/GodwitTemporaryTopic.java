package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.JMSException;
import jakarta.jms.TemporaryTopic;

/** A topic that lives no longer than the connection that made it. */
public final class GodwitTemporaryTopic extends GodwitDestination implements TemporaryTopic {
    private static final long serialVersionUID = 1L;

    private final transient TemporaryDestinationOwner owner;

    public GodwitTemporaryTopic(String name, TemporaryDestinationOwner owner) {
        super(new Address(name, Address.Kind.TEMPORARY_TOPIC));
        this.owner = owner;
    }

    @Override
    public String getTopicName() {
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
