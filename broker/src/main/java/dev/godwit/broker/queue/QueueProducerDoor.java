package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.util.function.Consumer;

/** One producer's way into a queue. Owned by the producer's loop; messages and replies cross in batches. */
final class QueueProducerDoor implements ProducerDoor {
    private final MessageQueue queue;
    private final EventLoop caller;
    private final BatchDoor<QueueEntry> in;
    private final BatchDoor<Runnable> replies;
    private final boolean maybeElsewhere;

    QueueProducerDoor(MessageQueue queue, EventLoop caller) {
        this(queue, caller, queue.entrance()::take, true);
    }

    private QueueProducerDoor(
            MessageQueue queue, EventLoop caller, Consumer<QueueEntry> entrance, boolean maybeElsewhere) {
        this.queue = queue;
        this.caller = caller;
        this.in = new BatchDoor<>(caller, queue.owner(), entrance);
        this.replies = new BatchDoor<>(queue.owner(), caller, Runnable::run);
        this.maybeElsewhere = maybeElsewhere;
    }

    /** The way into the queue itself, for the queue's loop. */
    static QueueProducerDoor pastFork(MessageQueue queue) {
        return new QueueProducerDoor(queue, queue.owner(), queue::enqueue, false);
    }

    @Override
    public void enqueue(Message message, EnqueueReply reply) {
        var entry = new QueueEntry(queue, message, EnqueueReply.through(replies, reply));
        var transaction = reply.transaction();
        if (transaction != null) {
            entry.postIn(queue.branchOf(transaction));
        }
        in.pass(entry);
    }

    /** Behind what it has passed in this turn. */
    @Override
    public void leave() {
        caller.execute(() -> queue.owner().execute(() -> queue.withdraw(replies)));
    }

    @Override
    public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
        var end = EnqueueReply.through(replies, reply);
        var arrival = queue.newLargeArrival(head, bytes -> replies.pass(() -> reply.onPartsTaken(bytes)));
        if (maybeElsewhere) {
            arrival.mayGoElsewhere(head, end);
        }
        var transaction = reply.transaction();
        var branch = transaction == null ? null : queue.branchOf(transaction);
        return new QueueLargeMessageDoor(queue, caller, in, arrival, end, branch);
    }
}
