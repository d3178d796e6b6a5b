package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import jakarta.jms.Destination;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.Topic;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** A destination by its name: an immutable value, equal to every other of the same kind and name. */
public abstract sealed class GodwitDestination implements Destination, Serializable
        permits GodwitQueue, GodwitTopic, GodwitTemporaryDestination {
    private static final long serialVersionUID = 1L;

    private final Address.Kind kind;
    private final String name;

    GodwitDestination(Address address) {
        if (address.name().isEmpty()) {
            throw new IllegalArgumentException("a " + address.kind().words() + " needs a name");
        }
        this.kind = address.kind();
        this.name = address.name();
    }

    public final Address address() {
        return new Address(name, kind);
    }

    /** Whether it is a temporary one that was made by this owner. */
    public boolean isOwnedBy(TemporaryDestinationOwner owner) {
        return false;
    }

    final String name() {
        return name;
    }

    /** The destination at an address. A temporary one that is named by a message can be sent to, not deleted. */
    public static GodwitDestination of(Address address) {
        return switch (address.kind()) {
            case QUEUE -> new GodwitQueue(address.name());
            case TOPIC -> new GodwitTopic(address.name());
            case TEMPORARY_QUEUE -> new GodwitTemporaryQueue(address.name(), TemporaryDestinationOwner.ELSEWHERE);
            case TEMPORARY_TOPIC -> new GodwitTemporaryTopic(address.name(), TemporaryDestinationOwner.ELSEWHERE);
        };
    }

    /**
     * The address of any destination, also of another provider's, which is taken by its kind and name.
     *
     * @throws InvalidDestinationException when it has no kind, no name, or is null
     */
    public static Address addressOf(@Nullable Destination destination) throws JMSException {
        if (destination instanceof GodwitDestination ours) {
            return ours.address();
        }
        Address address = null;
        if (destination instanceof TemporaryQueue queue) {
            address = addressOf(queue.getQueueName(), Address.Kind.TEMPORARY_QUEUE);
        } else if (destination instanceof TemporaryTopic topic) {
            address = addressOf(topic.getTopicName(), Address.Kind.TEMPORARY_TOPIC);
        } else if (destination instanceof Queue queue) {
            address = addressOf(queue.getQueueName(), Address.Kind.QUEUE);
        } else if (destination instanceof Topic topic) {
            address = addressOf(topic.getTopicName(), Address.Kind.TOPIC);
        }
        if (address == null) {
            throw new InvalidDestinationException(
                    destination == null
                            ? "the destination is null"
                            : "neither a queue nor a topic with a name: " + destination);
        }
        return address;
    }

    private static @Nullable Address addressOf(@Nullable String name, Address.Kind kind) {
        return name == null || name.isEmpty() ? null : new Address(name, kind);
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof GodwitDestination that && kind == that.kind && name.equals(that.name);
    }

    @Override
    public final int hashCode() {
        return name.hashCode() * 31 + kind.name().hashCode();
    }

    /** The name alone, as applications print it. */
    @Override
    public final String toString() {
        return name;
    }
}
