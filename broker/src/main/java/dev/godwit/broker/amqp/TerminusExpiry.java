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
 * @param timeoutSeconds as the peer wished, or less
 */
record TerminusExpiry(ExpiryPolicy policy, long timeoutSeconds) {
    private static final long KEPT_MAX_SECONDS = 10 * 60;

    /** However long a peer wants its deliveries kept for it, others wait for them no longer than this. */
    static final long KEPT_MAX_MILLIS = KEPT_MAX_SECONDS * 1_000;

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
        return outlivesItsLink ? possible(policy, timeoutSeconds) : null;
    }

    /** What is kept for a peer that wants it for ever is kept from the end of its link, for as long as anything is. */
    private static TerminusExpiry possible(ExpiryPolicy policy, long timeoutSeconds) {
        return policy == ExpiryPolicy.NEVER
                ? new TerminusExpiry(ExpiryPolicy.LINK_DETACH, KEPT_MAX_SECONDS)
                : new TerminusExpiry(policy, Math.min(KEPT_MAX_SECONDS, timeoutSeconds));
    }

    /** What an answer says of a terminus of which nothing is kept, when the peer has wished for that policy. */
    static TerminusExpiry ofNothing(ExpiryPolicy wished) {
        return new TerminusExpiry(wished == ExpiryPolicy.NEVER ? ExpiryPolicy.LINK_DETACH : wished, 0);
    }

    long keptMillis() {
        return timeoutSeconds * 1_000;
    }
}
