package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.ErrorCondition;

/** How a discharge ended. Exactly one of the two is called, once; none when the disk is lost on the way. */
public interface DischargeReply {
    /** What the client asked for was done: all of it has happened, or nothing. */
    void onDone();

    /** Nothing of it has happened, although the client wanted all of it. */
    void onRolledBack(ErrorCondition why);
}
