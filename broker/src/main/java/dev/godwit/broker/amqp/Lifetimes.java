package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.LifetimePolicy;
import dev.godwit.broker.address.NodeLifetime;
import org.jspecify.annotations.Nullable;

/** What the lifetime policies of dynamic nodes mean here (AMQP 1.0 §3.5.10 to §3.5.13). */
final class Lifetimes {
    private Lifetimes() {}

    /** A node goes with the link that it was made for, unless its maker wants something else. */
    static LifetimePolicy ofWish(@Nullable LifetimePolicy wished) {
        return wished == null ? LifetimePolicy.DELETE_ON_CLOSE : wished;
    }

    static NodeLifetime of(LifetimePolicy policy) {
        return switch (policy) {
            case DELETE_ON_CLOSE -> NodeLifetime.OF_ITS_LINK;
            case DELETE_ON_NO_LINKS -> NodeLifetime.OF_ANY_LINK;
            case DELETE_ON_NO_MESSAGES -> NodeLifetime.OF_ITS_LINK_AND_MESSAGES;
            case DELETE_ON_NO_LINKS_OR_MESSAGES -> NodeLifetime.OF_ANY_LINK_AND_MESSAGES;
        };
    }
}
