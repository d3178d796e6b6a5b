package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.Topic;
import javax.naming.Reference;
import javax.naming.Referenceable;

/** A topic by its name. */
public final class GodwitTopic extends GodwitDestination implements Topic, Referenceable {
    private static final long serialVersionUID = 1L;

    public GodwitTopic(String name) {
        super(Address.topic(name));
    }

    @Override
    public String getTopicName() {
        return name();
    }

    @Override
    public Reference getReference() {
        return DestinationLoader.reference(GodwitTopic.class, name());
    }
}
