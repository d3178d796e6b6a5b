package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.AddressSpelling;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.NodeUse;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.security.Action;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The anonymous terminus: each message names its own address in {@code to} (AMQP anonymous terminus 1.0). Messages to one
 * address keep their order, also while the address is being made. Owned by the link's loop.
 */
final class RelayRoute implements Route {
    private static final int DOORS_MAX = 256;

    /** Says what {@code to} names (JMS mapping for AMQP). */
    private static final String DESTINATION_KIND = "x-opt-jms-dest";

    private static final OpenDoor FORBIDDEN = new OpenDoor(null, null, null, null);

    private static final byte KIND_TOPIC = 1;
    private static final byte KIND_TEMPORARY_TOPIC = 3;

    private final BrokerConnection connection;

    /** Null when it does not matter how much goes along here. */
    private final @Nullable ProducerPace pace;

    private final Addresses addresses;
    private final EventLoop owner;
    private final Map<String, OpenDoor> doors = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, List<Waiting>> unresolved = new HashMap<>();
    private boolean left;

    /** For messages of the broker's own. */
    RelayRoute(BrokerConnection connection) {
        this(connection, null);
    }

    /** @param pace charged for what goes to addresses that may be sent only so much */
    RelayRoute(BrokerConnection connection, @Nullable ProducerPace pace) {
        this.connection = connection;
        this.pace = pace;
        addresses = connection.addresses();
        owner = connection.owner();
    }

    @Override
    public void pass(Message message, RouteReply reply) {
        var address = message.to();
        if (address == null) {
            reply.onUnroutable(noAddress());
            return;
        }
        var waiting = unresolved.get(address);
        if (waiting != null) {
            waiting.add(Waiting.message(message, reply));
            return;
        }
        var table = addresses.table();
        var queue = table.find(address);
        var topic = queue == null ? table.findTopic(address) : null;
        var open = openDoor(address, queue, topic);
        if (open == null) {
            resolve(address, message, Waiting.message(message, reply));
        } else if (open.producer != null) {
            open.producer.enqueue(message, reply);
        } else {
            reply.onUnroutable(noRight(address));
        }
    }

    @Override
    public boolean leadsTo(String name) {
        return doors.values().stream()
                        .anyMatch(each -> nameOf(each.queue, each.topic).equals(name))
                || isBeingResolved(name);
    }

    @Override
    public @Nullable CreditReason obstacle(String name) {
        return isBeingResolved(name) ? CreditReason.ADDRESS_UNRESOLVED : null;
    }

    private boolean isBeingResolved(String name) {
        return unresolved.keySet().stream()
                .anyMatch(address -> AddressSpelling.parse(address).name().equals(name));
    }

    @Override
    public void leave() {
        for (var each : doors.values()) {
            if (each.producer != null) {
                each.producer.leave();
            }
            close(each);
        }
        doors.clear();
        left = true;
    }

    @Override
    public void find(Message head, DoorReply reply) {
        var address = head.to();
        if (address == null) {
            reply.onUnroutable(noAddress());
            return;
        }
        var waiting = unresolved.get(address);
        if (waiting != null) {
            waiting.add(Waiting.head(reply));
            return;
        }
        var table = addresses.table();
        var queue = table.find(address);
        var topic = queue == null ? table.findTopic(address) : null;
        var open = openDoor(address, queue, topic);
        if (open == null) {
            resolve(address, head, Waiting.head(reply));
        } else if (open.producer != null) {
            reply.onFound(open.producer);
        } else {
            reply.onUnroutable(noRight(address));
        }
    }

    private static ErrorCondition noAddress() {
        return AmqpError.INVALID_FIELD.because(
                "a message to the anonymous terminus must name its address in the 'to' property");
    }

    private ErrorCondition noRight(String address) {
        return Refusals.unauthorized(connection.user(), Action.SEND, address);
    }

    /**
     * The door to a node; {@link #FORBIDDEN} when the user may not send there, which is asked once for each door, not for each
     * message; null when there is no node, or it is about to be removed.
     */
    private @Nullable OpenDoor openDoor(String address, @Nullable QueueDoor queue, @Nullable TopicDoor topic) {
        var known = doors.get(address);
        if (known != null && known.queue == queue && known.topic == topic) {
            return known;
        }
        close(doors.remove(address));
        if (queue == null && topic == null) {
            return null;
        }
        if (!connection.may(Action.SEND, address) || !connection.may(Action.SEND, nameOf(queue, topic))) {
            return FORBIDDEN;
        }
        var open = open(queue, topic);
        if (open != null && left) {
            // What waited is sent still.
            close(open);
        } else if (open != null) {
            doors.put(address, open);
            if (doors.size() > DOORS_MAX) {
                close(doors.remove(doors.keySet().iterator().next()));
            }
        }
        return open;
    }

    private static void close(@Nullable OpenDoor open) {
        if (open != null && open.use != null) {
            open.use.end();
        }
    }

    /** Another one than was asked for when that is an alias. */
    private static String nameOf(@Nullable QueueDoor queue, @Nullable TopicDoor topic) {
        if (queue != null) {
            return queue.name();
        }
        return topic == null ? "" : topic.name();
    }

    private @Nullable OpenDoor open(@Nullable QueueDoor queue, @Nullable TopicDoor topic) {
        if (queue != null) {
            return queue.use().begin()
                    ? new OpenDoor(queue, null, limited(queue.name(), queue.openProducer(owner)), queue.use())
                    : null;
        }
        if (topic != null) {
            var use = topic.use();
            return use.begin()
                    ? new OpenDoor(null, topic, limited(topic.name(), topic.openProducer(owner, connection)), use)
                    : null;
        }
        throw new IllegalArgumentException("a door to nowhere");
    }

    private ProducerDoor limited(String name, ProducerDoor door) {
        return pace == null ? door : new LimitedDoor(name, door, connection.rates(), pace);
    }

    /** What the sender says that the address is, as JMS clients do. */
    private static @Nullable NodeKind kindWished(Message message) {
        if (!(message.annotation(DESTINATION_KIND) instanceof Byte kind)) {
            return null;
        }
        return kind == KIND_TOPIC || kind == KIND_TEMPORARY_TOPIC ? NodeKind.TOPIC : NodeKind.QUEUE;
    }

    private void resolve(String address, Message message, Waiting first) {
        var objection = AddressSpelling.objection(address);
        if (objection != null) {
            first.refused.accept(AmqpError.INVALID_FIELD.because(objection));
            return;
        }
        if (!connection.may(Action.SEND, address)) {
            first.refused.accept(noRight(address));
            return;
        }
        var waiting = new ArrayList<Waiting>();
        waiting.add(first);
        unresolved.put(address, waiting);
        ask(address, kindWished(message), waiting);
    }

    private void ask(String address, @Nullable NodeKind kind, List<Waiting> waiting) {
        addresses.resolve(address, kind, connection, owner, new AddressReply() {
            @Override
            public void onFound(QueueDoor queue) {
                onNode(queue, null);
            }

            @Override
            public void onTopic(TopicDoor topic) {
                onNode(null, topic);
            }

            private void onNode(@Nullable QueueDoor queue, @Nullable TopicDoor topic) {
                var open = openDoor(address, queue, topic);
                if (open == null) {
                    ask(address, kind, waiting);
                    return;
                }
                unresolved.remove(address);
                var door = open.producer;
                if (door != null) {
                    waiting.forEach(each -> each.found.accept(door));
                } else {
                    waiting.forEach(each -> each.refused.accept(noRight(address)));
                }
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                unresolved.remove(address);
                var error = Refusals.toError(refusal, description);
                waiting.forEach(each -> each.refused.accept(error));
            }
        });
    }

    /**
     * A way to a node.
     *
     * @param producer null when there is none for this user
     * @param use which has begun; null then
     */
    private record OpenDoor(
            @Nullable QueueDoor queue,
            @Nullable TopicDoor topic,
            @Nullable ProducerDoor producer,
            @Nullable NodeUse use) {}

    /** Waits for an address to be found. */
    private record Waiting(Consumer<ProducerDoor> found, Consumer<ErrorCondition> refused) {
        static Waiting message(Message message, RouteReply reply) {
            return new Waiting(door -> door.enqueue(message, reply), reply::onUnroutable);
        }

        static Waiting head(DoorReply reply) {
            return new Waiting(reply::onFound, reply::onUnroutable);
        }
    }
}
