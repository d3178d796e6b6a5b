package dev.godwit.broker.transaction;

/**
 * What bounds the outcomes of transactions that are kept for clients which may not have heard them.
 *
 * @param keptMillis for how long clients may ask, from when they sent the discharge
 * @param perUserMax how many transactions of a user may be open whose outcomes will be kept, together with those that are kept
 * @param bytesPerUserMax how many bytes of the journal those of a user may keep alive before no more begin
 */
public record OutcomeLimits(long keptMillis, int perUserMax, long bytesPerUserMax) {
    public static final OutcomeLimits DEFAULTS = new OutcomeLimits(600_000, 10_000, 64L << 20);
}
