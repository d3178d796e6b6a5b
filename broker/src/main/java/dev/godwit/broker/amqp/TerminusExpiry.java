package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TerminusDurability;
import org.jspecify.annotations.Nullable;

/**
 * For how long the terminus of a link is kept without the link (AMQP 1.0 §3.5.6).
 *
 * @param policy the event from which time counts
 * @param timeoutSeconds as the peer wished
 */
record TerminusExpiry(ExpiryPolicy policy, long timeoutSeconds) {
    /** However long a peer wants its deliveries kept for it, others wait for them no longer than this. */
    static final long KEPT_MAX_MILLIS = 10 * 60_000;

    /** Null for a link whose peer shows by nothing that it may want to resume it: most of them. */
    static @Nullable TerminusExpiry ofProducer(AttachParameters wish) {
        if (!(wish.target() instanceof Target target) || target.dynamic()) {
            return null;
        }
        return of(wish, target.expiryPolicy(), target.timeoutSeconds(), target.durability());
    }

    /** Null for a link whose peer shows by nothing that it may want to resume it: most of them. */
    static @Nullable TerminusExpiry ofConsumer(AttachParameters wish) {
        Source source = wish.source();
        if (source == null || source.dynamic()) {
            return null;
        }
        return of(wish, source.expiryPolicy(), source.timeoutSeconds(), source.durability());
    }

    private static @Nullable TerminusExpiry of(
            AttachParameters wish, ExpiryPolicy policy, long timeoutSeconds, TerminusDurability durability) {
        boolean outlivesItsLink = policy == ExpiryPolicy.NEVER
                || policy == ExpiryPolicy.CONNECTION_CLOSE
                || timeoutSeconds > 0
                || durability == TerminusDurability.UNSETTLED_STATE
                || wish.unsettled() != null;
        return outlivesItsLink ? new TerminusExpiry(policy, timeoutSeconds) : null;
    }

    long keptMillis() {
        return policy == ExpiryPolicy.NEVER ? KEPT_MAX_MILLIS : Math.min(KEPT_MAX_MILLIS, timeoutSeconds * 1_000);
    }
}
