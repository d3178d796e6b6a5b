package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One consumer's way to a queue and back. Owned by the consumer's loop. All that the consumer says reaches the queue in
 * that order, and so does what it hears.
 */
public final class ConsumerDoor {
    private final MessageQueue queue;
    private final BatchDoor<Runnable> toQueue;

    /** Touched on the queue's loop only. */
    private final QueueSide queueSide;

    ConsumerDoor(MessageQueue queue, EventLoop caller, ConsumerPort port, Interest interest) {
        this.queue = queue;
        this.toQueue = new BatchDoor<>(caller, queue.owner(), Runnable::run);
        this.queueSide = new QueueSide(queue, caller, port);
        toQueue.pass(() -> queueSide.join(interest));
    }

    /**
     * Moves the consumer's limit.
     *
     * @param limit how many messages this consumer may be given in all, counted since it came
     */
    public void setLimit(long limit) {
        toQueue.pass(() -> queue.consumers().setLimit(queueSide.consumer(), limit));
    }

    /** Sets the limit, and asks for all that is there within it; {@link ConsumerPort#onDrained} ends it. */
    public void drain(long limit) {
        toQueue.pass(() -> queue.consumers().drain(queueSide.consumer(), limit));
    }

    /** The message was processed. */
    public void consume(QueueEntry entry) {
        toQueue.pass(() -> queue.settlements().consume(queueSide.consumer(), entry, null));
    }

    /** The message was processed; {@code whenSafe} runs on the caller's loop when that fact is on stable storage. */
    public void consume(QueueEntry entry, Runnable whenSafe) {
        toQueue.pass(
                () -> queue.settlements().consume(queueSide.consumer(), entry, () -> queueSide.answers.pass(whenSafe)));
    }

    /** Runs on the caller's loop when the fact that a message was processed is on stable storage. */
    public interface Acceptance extends Runnable {
        /** Called instead: the message had been taken away from this consumer. */
        void onLost();
    }

    /** The same of a consumer that is to hear when it had the message no more. */
    public void consume(QueueEntry entry, Acceptance acceptance) {
        toQueue.pass(() -> {
            if (entry.state() == EntryState.LOST) {
                queueSide.answers.pass(acceptance::onLost);
            } else {
                queue.settlements().consume(queueSide.consumer(), entry, () -> queueSide.answers.pass(acceptance));
            }
        });
    }

    /**
     * The same of any outcome. One that is not an acceptance is answered as soon as the queue has heard of it: nothing of it
     * has to be safe.
     */
    public void settle(QueueEntry entry, Outcome outcome, Acceptance ending) {
        if (outcome instanceof Outcome.Accepted) {
            consume(entry, ending);
            return;
        }
        toQueue.pass(() -> {
            if (entry.state() == EntryState.LOST) {
                queueSide.answers.pass(ending::onLost);
            } else {
                queue.settlements().settle(queueSide.consumer(), entry, outcome);
                queueSide.answers.pass(ending);
            }
        });
    }

    /** The message goes back to its place. */
    public void giveBack(QueueEntry entry, boolean deliveryFailed, boolean undeliverableHere) {
        toQueue.pass(
                () -> queue.settlements().giveBack(queueSide.consumer(), entry, deliveryFailed, undeliverableHere));
    }

    /**
     * The message goes back to its place.
     *
     * @param annotations to be merged into the message's own from now on (AMQP 1.0 §3.4.5)
     */
    public void giveBack(
            QueueEntry entry, boolean deliveryFailed, boolean undeliverableHere, Map<Symbol, Object> annotations) {
        toQueue.pass(() -> queue.settlements()
                .giveBack(queueSide.consumer(), entry, deliveryFailed, undeliverableHere, annotations));
    }

    /**
     * What becomes of the message when the transaction is committed.
     *
     * @param afterRollback what becomes of it after a rollback, the consumer having settled the delivery; null when it has
     *     not: then it has the message again
     */
    public void retire(
            QueueEntry entry,
            QueueTransaction transaction,
            Outcome outcome,
            @Nullable Outcome afterRollback,
            RetirementReply reply) {
        var branch = queue.branchOf(transaction);
        toQueue.pass(() -> {
            boolean retired = branch.retire(entry, queueSide.consumer(), outcome, afterRollback);
            queueSide.answers.pass(retired ? reply::onRetired : reply::onNotHeld);
        });
    }

    /** The message cannot be processed by anyone. */
    public void reject(QueueEntry entry, @Nullable ErrorCondition error) {
        toQueue.pass(() -> queue.settlements().reject(queueSide.consumer(), entry, error));
    }

    /** Reads parts of a large message that this consumer has; the listener hears of them on the caller's loop. */
    public void readParts(long[] indices, int count, PartsListener listener) {
        toQueue.pass(() -> queue.readParts(indices, count, new PartsListener() {
            @Override
            public void onPart(ByteBuffer part) {
                queueSide.answers.pass(() -> listener.onPart(part));
            }

            @Override
            public void onUnreadable(String problem) {
                queueSide.answers.pass(() -> listener.onUnreadable(problem));
            }
        }));
    }

    /** The message cannot be read. Nobody else will be given it. */
    public void setAside(QueueEntry entry, String problem) {
        toQueue.pass(() -> queue.settlements().setAside(queueSide.consumer(), entry, problem));
    }

    /** The consumer is gone; the queue takes back what it had. The port hears nothing that the queue says later. */
    public void leave() {
        leave(null);
    }

    /**
     * The same.
     *
     * @param ofWhatWasSent the outcome of what it had sent its peer (AMQP 1.0 §3.3); null when that goes back as it was
     */
    public void leave(@Nullable Outcome ofWhatWasSent) {
        toQueue.pass(() -> queue.consumers().remove(queueSide.consumer(), ofWhatWasSent));
    }

    /** The consumer's other half, on the queue's loop. */
    private static final class QueueSide implements ConsumerPort {
        private final MessageQueue queue;
        private final ConsumerPort port;
        private final BatchDoor<QueueEntry> messages;
        private final BatchDoor<Runnable> answers;
        private @Nullable QueueConsumer consumer;

        QueueSide(MessageQueue queue, EventLoop caller, ConsumerPort port) {
            this.queue = queue;
            this.port = port;
            this.messages = new BatchDoor<>(queue.owner(), caller, port::onMessage);
            this.answers = new BatchDoor<>(queue.owner(), caller, Runnable::run);
        }

        void join(Interest interest) {
            consumer = queue.consumers().add(this, interest);
        }

        QueueConsumer consumer() {
            if (consumer == null) {
                throw new IllegalStateException("consumer of " + queue.name() + " spoke before it joined");
            }
            return consumer;
        }

        @Override
        public String name() {
            return port.name();
        }

        @Override
        public boolean settlesWhatItSends() {
            return port.settlesWhatItSends();
        }

        @Override
        public void onMessage(QueueEntry entry) {
            messages.pass(entry);
        }

        @Override
        public void onDrained() {
            // After the messages: both doors hand over at the end of this turn, this one second.
            messages.flush();
            answers.pass(port::onDrained);
        }

        @Override
        public void onQueueDeleted() {
            messages.flush();
            answers.pass(port::onQueueDeleted);
        }

        @Override
        public void onOverflow() {
            messages.flush();
            answers.pass(port::onOverflow);
        }

        @Override
        public void onLockLost(QueueEntry entry) {
            messages.flush();
            answers.pass(() -> port.onLockLost(entry));
        }

        @Override
        public void onSlow(long settled, long needed, long periodMillis) {
            messages.flush();
            answers.pass(() -> port.onSlow(settled, needed, periodMillis));
        }

        @Override
        public void onHeldTooLong(QueueEntry entry, long heldMillis) {
            messages.flush();
            answers.pass(() -> port.onHeldTooLong(entry, heldMillis));
        }
    }
}
