package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.runtime.BatchDoor;
import org.jspecify.annotations.Nullable;

/** How an enqueue ended. Exactly one of these is called, once. */
public interface EnqueueReply {
    /** Nobody waits. */
    EnqueueReply NOBODY = new EnqueueReply() {
        @Override
        public void onSafe() {}

        @Override
        public void onRefused() {}

        @Override
        public void onInDoubt() {}
    };

    /** The transaction in which the message is posted; null for none. Any thread may ask, before the answer. */
    default @Nullable QueueTransaction transaction() {
        return null;
    }

    /**
     * True of a message that was in another queue before: that such a one came already does not count against it. Any
     * thread may ask, before the answer.
     */
    default boolean isTransfer() {
        return false;
    }

    /** What the message has in common with its copies in other queues of the same shard; null for a message by itself. */
    default @Nullable SharedBody sharedBody() {
        return null;
    }

    /** How many addresses have passed the message on before it came here. Any thread may ask. */
    default int hops() {
        return 0;
    }

    /** The message is as safe as its durability asks: on stable storage, or in memory if it is not durable. */
    void onSafe();

    /** The message was not kept and never will be; the sender may try again. */
    void onRefused();

    /** Like {@link #onRefused}, for a reason that the sender should hear. */
    default void onRejected(ErrorCondition why) {
        onRefused();
    }

    /** Like {@link #onRejected}, for good: it is longer than what may be there. */
    default void onOversized(ErrorCondition why) {
        onRejected(why);
    }

    /** Like {@link #onRefused}, for good: the queue or topic is no more. */
    default void onDeleted() {
        onRefused();
    }

    /** The journal was lost on the way: the message may yet be on the disk. Promise nothing. */
    void onInDoubt();

    /** The same reply, given on the loop that {@code door} leads to. */
    static EnqueueReply through(BatchDoor<Runnable> door, EnqueueReply reply) {
        return new Through(door, reply);
    }

    /** Both hear the same. */
    static EnqueueReply both(EnqueueReply first, EnqueueReply second) {
        return first == NOBODY ? second : new Both(first, second);
    }

    /** Two who wait for one message. */
    record Both(EnqueueReply first, EnqueueReply second) implements EnqueueReply {
        @Override
        public @Nullable SharedBody sharedBody() {
            return first.sharedBody();
        }

        @Override
        public boolean isTransfer() {
            return first.isTransfer();
        }

        @Override
        public void onSafe() {
            first.onSafe();
            second.onSafe();
        }

        @Override
        public void onRefused() {
            first.onRefused();
            second.onRefused();
        }

        @Override
        public void onRejected(ErrorCondition why) {
            first.onRejected(why);
            second.onRejected(why);
        }

        @Override
        public void onOversized(ErrorCondition why) {
            first.onOversized(why);
            second.onOversized(why);
        }

        @Override
        public void onDeleted() {
            first.onDeleted();
            second.onDeleted();
        }

        @Override
        public void onInDoubt() {
            first.onInDoubt();
            second.onInDoubt();
        }
    }

    /** One that stands before another: of the message it says the same. */
    interface Before extends EnqueueReply {
        /** The one that hears of the end then. */
        EnqueueReply reply();

        @Override
        default @Nullable QueueTransaction transaction() {
            return reply().transaction();
        }

        @Override
        default boolean isTransfer() {
            return reply().isTransfer();
        }

        @Override
        default int hops() {
            return reply().hops();
        }
    }

    /** A reply that crosses to another loop. */
    record Through(BatchDoor<Runnable> door, EnqueueReply reply) implements Before {
        @Override
        public @Nullable SharedBody sharedBody() {
            return reply.sharedBody();
        }

        @Override
        public void onSafe() {
            door.pass(reply::onSafe);
        }

        @Override
        public void onRefused() {
            door.pass(reply::onRefused);
        }

        @Override
        public void onRejected(ErrorCondition why) {
            door.pass(() -> reply.onRejected(why));
        }

        @Override
        public void onOversized(ErrorCondition why) {
            door.pass(() -> reply.onOversized(why));
        }

        @Override
        public void onDeleted() {
            door.pass(reply::onDeleted);
        }

        @Override
        public void onInDoubt() {
            door.pass(reply::onInDoubt);
        }
    }
}
