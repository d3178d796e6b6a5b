package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.Topic;

/** A topic by its name. */
public final class GodwitTopic extends GodwitDestination implements Topic {
    private static final long serialVersionUID = 1L;

    public GodwitTopic(String name) {
        super(Address.topic(name));
    }

    @Override
    public String getTopicName() {
        return name();
    }
}
