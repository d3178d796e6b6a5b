package dev.godwit.amqp.transport;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Links of ours, of one direction, whose attach the peer has not answered. A name may be there more than once, when a
 * link was given up before it was answered and attached again: answers come in the order of the questions. Owned by
 * the connection's loop.
 */
final class HalfOpenLinks {
    private final Map<String, ArrayDeque<ProtonLink>> byName = new HashMap<>();

    void add(ProtonLink link) {
        byName.computeIfAbsent(link.name(), name -> new ArrayDeque<>(1)).add(link);
    }

    /** The link whose answer has come; null when none of that name waits for one. */
    @Nullable
    ProtonLink take(String name) {
        ArrayDeque<ProtonLink> waiting = byName.get(name);
        if (waiting == null) {
            return null;
        }
        ProtonLink link = waiting.poll();
        if (waiting.isEmpty()) {
            byName.remove(name);
        }
        return link;
    }

    void onSessionOver() {
        byName.values().forEach(waiting -> waiting.forEach(ProtonLink::onSessionOver));
        byName.clear();
    }
}
