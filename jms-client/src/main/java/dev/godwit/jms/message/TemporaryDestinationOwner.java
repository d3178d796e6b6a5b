package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.JMSException;

/** Who made a temporary destination, and so may delete it. */
public interface TemporaryDestinationOwner {
    /** Some other connection: it is known here only by its name. */
    TemporaryDestinationOwner ELSEWHERE = address -> {
        throw new JMSException("the " + address + " is not ours to delete: only the connection that made it may");
    };

    void delete(Address address) throws JMSException;
}
