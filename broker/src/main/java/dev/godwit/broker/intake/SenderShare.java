package dev.godwit.broker.intake;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What a user, or a tenant, has of what he may have. Shared by all loops; lives while he has connections, or owes. */
public final class SenderShare {
    private final String holder;
    private final int connectionsMax;
    private final @Nullable Rate rate;
    private final AtomicInteger connections = new AtomicInteger();

    SenderShare(String holder, SenderRule rule, long nowNanos) {
        this.holder = holder;
        this.connectionsMax = rule.connectionsMax();
        this.rate = rule.rate() == null ? null : new Rate(rule.rate(), nowNanos);
    }

    /** One connection more begins; false when it may not, and there are as many as before. */
    boolean enter() {
        int now = connections.incrementAndGet();
        if (connectionsMax > 0 && now > connectionsMax) {
            connections.decrementAndGet();
            return false;
        }
        return true;
    }

    /** One that began has ended. */
    public void leave() {
        connections.decrementAndGet();
    }

    /** How fast all its connections may send together; null for as fast as they can. */
    public @Nullable Rate rate() {
        return rate;
    }

    /** Why no further connection may begin. */
    String refusal() {
        return holder + " has " + connectionsMax + " connections, and may have no more; close one first";
    }

    boolean isForgettable(long nowNanos) {
        return connections.get() == 0 && (rate == null || rate.isForgettable(nowNanos));
    }
}
