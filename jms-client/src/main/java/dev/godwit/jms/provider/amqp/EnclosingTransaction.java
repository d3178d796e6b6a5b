package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;

/**
 * A transaction, as whoever works in it sees it: what was done in one belongs to no other, also when it goes out later. Owned by
 * the connection's loop.
 */
abstract class EnclosingTransaction {
    private final TransactionId id;
    private final TransactionalState sendState;

    EnclosingTransaction(TransactionId id) {
        this.id = id;
        this.sendState = new TransactionalState(id, null);
    }

    final TransactionId id() {
        return id;
    }

    /** The state to send a message with (AMQP 1.0 §4.4.1): one for all of them. */
    final TransactionalState sendState() {
        return sendState;
    }

    /** Whether nothing can be done in it any more. */
    abstract boolean isOver();
}
