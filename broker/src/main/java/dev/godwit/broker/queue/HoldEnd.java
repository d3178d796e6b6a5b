package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;

/** Why a message was taken away from a consumer that had not settled it. */
enum HoldEnd {
    LOCK_LOST(
            DeadLetter.Reason.LOCK_LOST,
            new ErrorCondition(
                    Symbol.of("godwit:lock-lost"), "its last consumer did not settle it before the lock ran out")),
    CONSUMER_TIMEOUT(
            DeadLetter.Reason.CONSUMER_TIMEOUT,
            new ErrorCondition(
                    Symbol.of("godwit:consumer-timeout"), "its last consumer did not settle it in the time it has"));

    private final DeadLetter.Reason reason;
    private final ErrorCondition error;

    HoldEnd(DeadLetter.Reason reason, ErrorCondition error) {
        this.reason = reason;
        this.error = error;
    }

    /** What becomes of a message that so failed for the last time. */
    DeadLetter.Reason reason() {
        return reason;
    }

    /** The same in words. */
    ErrorCondition error() {
        return error;
    }
}
