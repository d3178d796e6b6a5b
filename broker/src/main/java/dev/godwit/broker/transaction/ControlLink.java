package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.ErrorCondition;

/** The link that has declared a transaction, as the transaction sees it. Called on the connection's loop. */
public interface ControlLink {
    /** The transaction was discharged, on this link or another one: it no longer ends with this link. */
    void onDischarged(Transaction transaction);

    /** A transaction was used in a way that ends the link, and so all that hang on it (AMQP 1.0 §4.4.1, §4.4.2). */
    void terminate(ErrorCondition why);
}
