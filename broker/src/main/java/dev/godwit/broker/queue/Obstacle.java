package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/**
 * What one gate says of a message that it does not let pass. Immutable.
 *
 * @param detail a sentence for whoever asks
 * @param untilMillis when it passes by itself, wall clock, milliseconds; 0 when nobody can tell
 * @param consumer whom it hangs on, by name; null for nobody
 * @param group the group that it hangs on; null for none
 */
public record Obstacle(
        WaitingReason reason,
        String detail,
        long untilMillis,
        @Nullable String consumer,
        @Nullable String group) {
    /** Nobody can tell when. */
    public static final long UNKNOWN = 0;

    static Obstacle of(WaitingReason reason, String detail) {
        return new Obstacle(reason, detail, UNKNOWN, null, null);
    }

    Obstacle until(long newUntilMillis) {
        return new Obstacle(reason, detail, newUntilMillis, consumer, group);
    }

    Obstacle at(@Nullable QueueConsumer whom) {
        return new Obstacle(
                reason, detail, untilMillis, whom == null ? null : whom.port().name(), group);
    }

    Obstacle ofGroup(String id) {
        return new Obstacle(reason, detail, untilMillis, consumer, id);
    }
}
