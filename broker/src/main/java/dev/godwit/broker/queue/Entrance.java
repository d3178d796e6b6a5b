package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where messages come to a queue: they go straight in, or first to the {@link Fork} that was put there. A queue without one
 * pays one look at a field. Owned by the queue's loop; lives as long as the queue.
 */
final class Entrance {
    private final MessageQueue queue;
    private @Nullable Fork fork;

    Entrance(MessageQueue queue) {
        this.queue = queue;
    }

    /** Puts a fork there, or takes it away. Messages that are on their way in parts go where they have begun to go. */
    void put(@Nullable Fork newFork) {
        queue.owner().assertCurrent();
        fork = newFork;
    }

    /** Takes in what a door has brought. */
    void take(QueueEntry entry) {
        var present = fork;
        var parts = entry.parts();
        if (parts != null && parts.goElsewhere()) {
            entry.become(EntryState.GONE);
        } else if (present == null || parts != null || queue.isDeleted()) {
            queue.enqueue(entry);
        } else {
            takeAtFork(present, entry);
        }
    }

    private void takeAtFork(Fork present, QueueEntry entry) {
        var message = entry.message();
        var reply = entry.takeReply();
        if (message == null || !present.take(message, reply, straight())) {
            entry.answerTo(reply);
            queue.enqueue(entry);
        } else {
            entry.become(EntryState.GONE);
        }
    }

    /** Where a message in parts is to go, all of which are still to come; null for the queue itself. */
    @Nullable
    LargeMessageDoor divert(Message head, LongConsumer taken, EnqueueReply reply) {
        return fork == null || queue.isDeleted()
                ? null
                : fork.takeLarge(head, new PartsReply(taken, reply), straight());
    }

    private ProducerDoor straight() {
        return QueueProducerDoor.pastFork(queue);
    }

    /** What a message in parts that goes elsewhere says to its producer. */
    private record PartsReply(LongConsumer taken, EnqueueReply reply) implements LargeMessageReply.Before {
        @Override
        public void onPartsTaken(long bytes) {
            taken.accept(bytes);
        }
    }
}
