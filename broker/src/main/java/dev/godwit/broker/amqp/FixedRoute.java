package dev.godwit.broker.amqp;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ProducerDoor;

/** All messages of a link go to one queue. Owned by the link's loop. */
final class FixedRoute implements Route {
    private final ProducerDoor door;

    FixedRoute(ProducerDoor door) {
        this.door = door;
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
