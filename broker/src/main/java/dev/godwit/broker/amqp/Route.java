package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.ProducerDoor;
import org.jspecify.annotations.Nullable;

/** Where the messages of a producer link go. Owned by the link's loop. */
interface Route {
    void pass(Message message, RouteReply reply);

    /**
     * Finds the way for a large message, which the caller then passes in parts. What is passed later goes after it, if it
     * is whole by then.
     */
    void find(Message head, DoorReply reply);

    /** The link is gone. */
    default void leave() {}

    /** True when what is sent goes to the address of that name, or has gone there. */
    boolean leadsTo(String name);

    /** Why messages to the address of that name are not answered; null when that is for the address to say. */
    default @Nullable CreditReason obstacle(String name) {
        return null;
    }

    /** How it ended; a route may also lead nowhere. */
    interface RouteReply extends EnqueueReply {
        /** Nobody can take this message, now or later. */
        void onUnroutable(ErrorCondition error);

        /** The message breaks the rules of its link, which goes no further. */
        default void onBreach(ErrorCondition error) {
            onUnroutable(error);
        }

        /**
         * Like {@link #onSafe}, but what came of the message is still held for its sender, which gets no credit for it yet.
         *
         * @return to be run once, when nothing is held any more
         */
        default Runnable onSafeAndHeld() {
            onSafe();
            return () -> {};
        }
    }

    /** Which door a large message is to take. Exactly one of the two is called, once, now or later. */
    interface DoorReply {
        void onFound(ProducerDoor door);

        /** Nobody can take this message, now or later. */
        void onUnroutable(ErrorCondition error);
    }
}
