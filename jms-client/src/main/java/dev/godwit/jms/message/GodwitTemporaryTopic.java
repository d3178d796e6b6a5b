package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.TemporaryTopic;

/** A topic that lives no longer than the connection that made it. */
public final class GodwitTemporaryTopic extends GodwitTemporaryDestination implements TemporaryTopic {
    private static final long serialVersionUID = 1L;

    public GodwitTemporaryTopic(String name, TemporaryDestinationOwner owner) {
        super(new Address(name, Address.Kind.TEMPORARY_TOPIC), owner);
    }

    @Override
    public String getTopicName() {
        return name();
    }
}
