package dev.godwit.broker.transaction;

/**
 * The life of a transaction.
 *
 * <pre>
 *   ACTIVE ── discharged, nothing failed ──▶ COMMITTING ── all on stable storage ──▶ COMMITTED
 *      └── discharged with fail, failed, timed out, client gone ──▶ ROLLED_BACK
 * </pre>
 */
enum TransactionState {
    /** Messages may be posted and retired. */
    ACTIVE,
    /** The client wants all of it; nothing stops it any more but the loss of the disk. */
    COMMITTING,
    /** Terminal: all of it has happened. */
    COMMITTED,
    /** Terminal: nothing of it has happened. */
    ROLLED_BACK
}
