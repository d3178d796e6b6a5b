package dev.godwit.broker.address;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;

/** One producer's way into a topic. Owned by the producer's loop; messages and replies cross in batches. */
final class TopicProducerDoor implements ProducerDoor {
    private final Topic topic;
    private final Publisher publisher;
    private final BatchDoor<Runnable> in;
    private final BatchDoor<Runnable> replies;

    TopicProducerDoor(Topic topic, EventLoop caller, Publisher publisher) {
        this.topic = topic;
        this.publisher = publisher;
        this.in = new BatchDoor<>(caller, topic.owner(), Runnable::run);
        this.replies = new BatchDoor<>(topic.owner(), caller, Runnable::run);
    }

    @Override
    public void enqueue(Message message, EnqueueReply reply) {
        in.pass(() -> topic.publish(message, publisher, EnqueueReply.through(replies, reply)));
    }

    @Override
    public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
        var end = EnqueueReply.through(replies, reply);
        var publication = new LargePublication(bytes -> replies.pass(() -> reply.onPartsTaken(bytes)), end);
        in.pass(() -> topic.publishLarge(head, publisher, publication, end));
        return new LargeDoor(in, publication);
    }

    /** The way of a large message: all that is said goes through the door of the other messages, in order. */
    private record LargeDoor(BatchDoor<Runnable> in, LargePublication publication) implements LargeMessageDoor {
        @Override
        public void addPart(ByteBuffer part) {
            in.pass(() -> publication.addPart(part));
        }

        @Override
        public void end() {
            in.pass(publication::end);
        }

        @Override
        public void giveUp() {
            in.pass(publication::giveUp);
        }
    }
}
