package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.Queue;

/** A queue by its name. */
public final class GodwitQueue extends GodwitDestination implements Queue {
    private static final long serialVersionUID = 1L;

    public GodwitQueue(String name) {
        super(Address.queue(name));
    }

    @Override
    public String getQueueName() {
        return name();
    }
}
