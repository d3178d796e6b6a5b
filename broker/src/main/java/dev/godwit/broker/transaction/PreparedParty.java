package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.ErrorCondition;

/**
 * Whoever wants a transaction to be prepared. {@link #onNotPrepared} alone is called, or {@link #onPrepared} and later
 * {@link #onEnded}, on the loop of {@link PreparedTransactions}.
 */
interface PreparedParty {
    /** It stays as it is, whatever happens, until it is decided. */
    void onPrepared();

    /** It was rolled back instead. */
    void onNotPrepared(ErrorCondition why);

    /** It was decided. */
    void onEnded(boolean isCommitted);
}
