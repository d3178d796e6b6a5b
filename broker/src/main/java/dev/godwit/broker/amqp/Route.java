package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;

/** Where the messages of a producer link go. Owned by the link's loop. */
interface Route {
    void pass(Message message, RouteReply reply);

    /** How it ended; a route may also lead nowhere. */
    interface RouteReply extends EnqueueReply {
        /** Nobody can take this message, now or later. */
        void onUnroutable(ErrorCondition error);
    }
}
