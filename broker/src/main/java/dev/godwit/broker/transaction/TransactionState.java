package dev.godwit.broker.transaction;

/**
 * The life of a transaction.
 *
 * <pre>
 *   ACTIVE ── discharged, nothing failed ──▶ COMMITTING ── all on stable storage ──▶ COMMITTED
 *      ├── to be prepared, nothing failed ──▶ PREPARED ── decided ──▶ COMMITTED or ROLLED_BACK
 *      └── discharged with fail, failed, timed out, client gone ──▶ ROLLED_BACK
 * </pre>
 */
enum TransactionState {
    /** Messages may be posted and retired. */
    ACTIVE,
    /** The client wants all of it; nothing stops it any more but the loss of the disk. */
    COMMITTING,
    /** It is prepared, or about to be: others decide about it, by its global id. */
    PREPARED,
    /** Terminal: all of it has happened. */
    COMMITTED,
    /** Terminal: nothing of it has happened. */
    ROLLED_BACK
}
