package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/**
 * A message that waits for its time, as it is listed. Immutable.
 *
 * @param notBeforeMillis nobody is given it earlier: wall clock, milliseconds since the epoch
 * @param expiryTimeMillis when it expires; {@code Long.MAX_VALUE} for never
 * @param failedAttempts 0 for a message that is scheduled; else it waits for its next attempt
 */
public record ScheduledMessage(Id id, long notBeforeMillis, long expiryTimeMillis, int failedAttempts) {
    /**
     * Names it within its queue for as long as it waits.
     *
     * @param isMemoryOnly it is in no journal
     */
    public record Id(long number, boolean isMemoryOnly) {
        private static final String MEMORY_ONLY = "m";

        @Override
        public String toString() {
            return (isMemoryOnly ? MEMORY_ONLY : "") + number;
        }

        /** Null for what is no id. */
        public static @Nullable Id parse(String text) {
            boolean memoryOnly = text.startsWith(MEMORY_ONLY);
            try {
                long number = Long.parseLong(memoryOnly ? text.substring(MEMORY_ONLY.length()) : text);
                return number > 0 ? new Id(number, memoryOnly) : null;
            } catch (NumberFormatException none) {
                return null;
            }
        }
    }

    /** Never ends: what stands there as expiry time of a message without one. */
    public boolean mayExpire() {
        return expiryTimeMillis != QueueEntry.NEVER_EXPIRES;
    }
}
