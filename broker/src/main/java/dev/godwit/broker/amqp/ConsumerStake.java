package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.queue.QueueTransaction;
import dev.godwit.broker.queue.RetirementReply;
import dev.godwit.broker.runtime.EventLoop;

/**
 * What one consumer of a queue holds for a link that may be resumed: the queue knows who has a message, so it is settled
 * through the door by which it came, also when a later link of that name, perhaps on another loop, has it by then.
 * Counted on the loop that owns the terminus; its door is used on the loop that it was opened for.
 */
final class ConsumerStake {
    private final EventLoop loop;
    private final ConsumerDoor door;
    private int held;
    private boolean linkGone;

    ConsumerStake(EventLoop loop, ConsumerDoor door) {
        this.loop = loop;
        this.door = door;
    }

    void onHeld() {
        held++;
    }

    /** One less is held: with the last one a consumer whose link is gone leaves its queue. */
    void onLetGo() {
        held--;
        leaveWhenDone();
    }

    /** The link that opened the door is gone. */
    void onLinkGone() {
        linkGone = true;
        leaveWhenDone();
    }

    private void leaveWhenDone() {
        if (linkGone && held == 0) {
            run(door::leave);
        }
    }

    /** How a settlement ends. */
    interface Settled {
        /** It may be confirmed, or, when the queue had taken the message away before, nothing came of it. */
        void onSettled(boolean wasLost);
    }

    /** The peer's outcome for a message; {@code settled} hears of its end on {@code caller}. */
    void settle(QueueEntry entry, Outcome outcome, EventLoop caller, Settled settled) {
        run(() -> door.settle(entry, outcome, new ConsumerDoor.Acceptance() {
            @Override
            public void run() {
                caller.execute(() -> settled.onSettled(false));
            }

            @Override
            public void onLost() {
                caller.execute(() -> settled.onSettled(true));
            }
        }));
    }

    /** What the peer has said within a transaction of a message that we have settled; the reply comes on {@code caller}. */
    void retire(
            QueueEntry entry,
            QueueTransaction transaction,
            Outcome outcome,
            Outcome afterRollback,
            EventLoop caller,
            RetirementReply reply) {
        run(() -> door.retire(entry, transaction, outcome, afterRollback, new RetirementReply() {
            @Override
            public void onRetired() {
                caller.execute(reply::onRetired);
            }

            @Override
            public void onNotHeld() {
                caller.execute(reply::onNotHeld);
            }
        }));
    }

    /** Once the consumer has left this says nothing new: the queue has taken all back, and perhaps given it to others. */
    void giveBack(QueueEntry entry) {
        run(() -> door.giveBack(entry, false, false));
    }

    private void run(Runnable task) {
        if (loop.isCurrent()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }
}
