package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderLoop;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How long there has been no connection. What a broker refuses while it starts, or while it still holds the connection that was
 * lost, it may grant a moment later; after a while it is taken at its word. Owned by the loop.
 */
final class Interruption {
    /** For so long all nodes may refuse the user. */
    private static final long LOGIN_MILLIS = 5_000;

    /** For so long one link may keep the others from being made. */
    private static final long LINK_MILLIS = 30_000;

    /** What a broker goes on to say. */
    private static final Set<Reason> LINK_ENDS =
            EnumSet.of(Reason.INVALID_DESTINATION, Reason.INVALID_SELECTOR, Reason.SECURITY, Reason.NOT_SUPPORTED);

    private final List<ProviderLoop.Timer> timers = new ArrayList<>(2);
    private boolean loginRefusalsCount;
    private boolean linkRefusalsCount;

    void begin(ProviderLoop loop) {
        end();
        timers.add(loop.schedule(LOGIN_MILLIS, () -> loginRefusalsCount = true));
        timers.add(loop.schedule(LINK_MILLIS, () -> linkRefusalsCount = true));
    }

    void end() {
        timers.forEach(ProviderLoop.Timer::cancel);
        timers.clear();
        loginRefusalsCount = false;
        linkRefusalsCount = false;
    }

    /** Whether a user is refused for good whom all nodes refuse. */
    boolean doLoginRefusalsCount() {
        return loginRefusalsCount;
    }

    /** Whether what a broker says of one link, on a connection that is there, is its last word. */
    boolean isFinal(ProviderException refusal) {
        return LINK_ENDS.contains(refusal.reason())
                || (linkRefusalsCount && refusal.reason() != Reason.CONNECTION_LOST);
    }
}
