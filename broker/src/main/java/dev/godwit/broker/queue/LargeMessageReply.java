package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;

/** What a producer hears of a large message, on its own loop: how its parts get on, and then how it ended. */
public interface LargeMessageReply extends EnqueueReply {
    /** So many bytes more are out of memory: on stable storage, or not wanted. The producer may send as many more. */
    void onPartsTaken(long bytes);

    /** To be said by each: who passes a large message on passes this on. */
    @Override
    boolean isTransfer();

    /** One that stands before another: the parts are its own business, and how the message ended the other one hears. */
    interface Before extends LargeMessageReply, EnqueueReply.Before {
        @Override
        default boolean isTransfer() {
            return reply().isTransfer();
        }

        @Override
        default void onSafe() {
            reply().onSafe();
        }

        @Override
        default void onRefused() {
            reply().onRefused();
        }

        @Override
        default void onRejected(ErrorCondition why) {
            reply().onRejected(why);
        }

        @Override
        default void onOversized(ErrorCondition why) {
            reply().onOversized(why);
        }

        @Override
        default void onDeleted() {
            reply().onDeleted();
        }

        @Override
        default void onInDoubt() {
            reply().onInDoubt();
        }
    }
}
