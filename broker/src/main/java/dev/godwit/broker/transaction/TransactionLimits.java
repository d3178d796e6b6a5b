package dev.godwit.broker.transaction;

/**
 * What bounds transactions.
 *
 * @param timeoutMillis how long one may last, from the first thing that it does to its end; 0 for ever
 * @param perConnectionMax how many a connection may have at once
 * @param bytesMax how many bytes of messages one may post
 * @param operationsMax how many messages one may post and retire, together; and all that a connection has open, as well
 * @param preparedMax how many may be prepared in the whole broker, until they are decided
 * @param preparedPerUserMax how many of them may be of one user
 * @param outcomes what bounds the outcomes that are kept for clients which may not have heard them
 */
public record TransactionLimits(
        long timeoutMillis,
        int perConnectionMax,
        long bytesMax,
        int operationsMax,
        int preparedMax,
        int preparedPerUserMax,
        OutcomeLimits outcomes) {
    public static final TransactionLimits DEFAULTS =
            new TransactionLimits(300_000, 100, 100L << 20, 100_000, 1_000, 500, OutcomeLimits.DEFAULTS);
}
