package dev.godwit.jms.failover;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which messages the application has acknowledged without the broker's having confirmed it: those that come again are not
 * given to it a second time. On one connection that is no more than consumers may hold; of those of lost connections the
 * latest are remembered. For any thread, save where it says otherwise.
 */
final class AcknowledgedMessages {
    /** Of lost connections. */
    static final int LEFT_MAX = 65_536;

    private final Set<UUID> unconfirmed = ConcurrentHashMap.newKeySet();

    /** Of lost connections, in the order in which these were lost. Owned by the loop. */
    private final Set<UUID> left = new LinkedHashSet<>();

    void add(UUID message) {
        unconfirmed.add(message);
    }

    boolean contains(UUID message) {
        return unconfirmed.contains(message);
    }

    /** It does not come again. On the loop. */
    void onConfirmed(UUID message) {
        unconfirmed.remove(message);
        left.remove(message);
    }

    /** The connection was lost: whether the broker has heard of what it did not confirm is not known. On the loop. */
    void onInterrupted() {
        left.addAll(unconfirmed);
        for (Iterator<UUID> eldest = left.iterator(); left.size() > LEFT_MAX; ) {
            unconfirmed.remove(eldest.next());
            eldest.remove();
        }
    }

    int size() {
        return unconfirmed.size();
    }
}
