package dev.godwit.broker.queue;

/**
 * A message that was laid aside, as it is listed. Immutable.
 *
 * @param sequenceNumber by which it is fetched
 * @param expiryTimeMillis when it expires, wall clock; {@code Long.MAX_VALUE} for never
 * @param failedAttempts deliveries of it that failed
 */
public record DeferredMessage(long sequenceNumber, long expiryTimeMillis, int failedAttempts) {
    public boolean mayExpire() {
        return expiryTimeMillis != QueueEntry.NEVER_EXPIRES;
    }
}
