package dev.godwit.broker.amqp;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ProducerDoor;

/** All messages of a link go to one queue. Owned by the link's loop. */
final class FixedRoute implements Route {
    private final String name;
    private final ProducerDoor door;

    /** @param name of the queue or topic behind the door */
    FixedRoute(String name, ProducerDoor door) {
        this.name = name;
        this.door = door;
    }

    @Override
    public boolean leadsTo(String asked) {
        return name.equals(asked);
    }

    @Override
    public void pass(Message message, RouteReply reply) {
        door.enqueue(message, reply);
    }

    @Override
    public void leave() {
        door.leave();
    }

    @Override
    public void find(Message head, DoorReply reply) {
        reply.onFound(door);
    }
}
