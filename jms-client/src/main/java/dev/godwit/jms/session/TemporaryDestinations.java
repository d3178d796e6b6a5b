package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitDestination;
import dev.godwit.jms.message.GodwitTemporaryQueue;
import dev.godwit.jms.message.GodwitTemporaryTopic;
import dev.godwit.jms.message.TemporaryDestinationOwner;
import dev.godwit.jms.provider.Address;
import jakarta.jms.Destination;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The temporary destinations of one connection, which alone may consume from them and delete them. For any thread. */
final class TemporaryDestinations implements TemporaryDestinationOwner {
    private final ClientConnection connection;
    private final Set<Address> living = ConcurrentHashMap.newKeySet();

    TemporaryDestinations(ClientConnection connection) {
        this.connection = connection;
    }

    GodwitTemporaryQueue createQueue() throws JMSException {
        return new GodwitTemporaryQueue(create(Address.Kind.TEMPORARY_QUEUE).name(), this);
    }

    GodwitTemporaryTopic createTopic() throws JMSException {
        return new GodwitTemporaryTopic(create(Address.Kind.TEMPORARY_TOPIC).name(), this);
    }

    private Address create(Address.Kind kind) throws JMSException {
        Address address = Answers.await(
                connection.provider().createTemporary(kind),
                connection.settings().requestTimeoutMillis(),
                "creating a " + kind.words());
        living.add(address);
        return address;
    }

    @Override
    public void delete(Address address) throws JMSException {
        connection.checkConnected();
        if (connection.isConsuming(address)) {
            throw new JMSException("the " + address + " has consumers, so it cannot be deleted");
        }
        if (living.remove(address)) {
            Answers.await(
                    connection.provider().deleteTemporary(address),
                    connection.settings().requestTimeoutMillis(),
                    "deleting the " + address);
        }
    }

    void checkConsumable(Address address) throws JMSException {
        if (address.kind().isTemporary() && !living.contains(address)) {
            throw new InvalidDestinationException(
                    "only the connection that made the " + address + " may consume from it, as long as it exists");
        }
    }

    /** Whether those of other connections live is for the broker to say. */
    void checkSendable(Destination destination) throws JMSException {
        if (destination instanceof GodwitDestination ours && ours.isOwnedBy(this) && !living.contains(ours.address())) {
            throw new InvalidDestinationException("the " + ours.address() + " has been deleted");
        }
    }
}
