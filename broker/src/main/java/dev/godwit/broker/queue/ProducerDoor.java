package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;

/** One producer's way into a queue. Owned by the producer's loop; messages and replies cross in batches. */
public final class ProducerDoor {
    private final MessageQueue queue;
    private final EventLoop caller;
    private final BatchDoor<QueueEntry> in;
    private final BatchDoor<Runnable> replies;

    ProducerDoor(MessageQueue queue, EventLoop caller) {
        this.queue = queue;
        this.caller = caller;
        this.in = new BatchDoor<>(caller, queue.owner(), queue::enqueue);
        this.replies = new BatchDoor<>(queue.owner(), caller, Runnable::run);
    }

    /** Messages keep the order of these calls. */
    public void enqueue(Message message, EnqueueReply reply) {
        in.pass(new QueueEntry(queue, message, new ReplyThroughDoor(replies, reply)));
    }

    /**
     * Begins a message that comes in parts.
     *
     * @param head its beginning
     */
    public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
        var arrival = queue.newLargeArrival(head, bytes -> replies.pass(() -> reply.onPartsTaken(bytes)));
        return new LargeMessageDoor(queue, caller, in, arrival, new ReplyThroughDoor(replies, reply));
    }

    private record ReplyThroughDoor(BatchDoor<Runnable> door, EnqueueReply reply) implements EnqueueReply {
        @Override
        public void onSafe() {
            door.pass(reply::onSafe);
        }

        @Override
        public void onRefused() {
            door.pass(reply::onRefused);
        }

        @Override
        public void onInDoubt() {
            door.pass(reply::onInDoubt);
        }
    }
}
