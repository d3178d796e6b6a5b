package dev.godwit.broker.amqp;

import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;

/** Termini that are kept at least as long as a session, or a connection, lasts. Owned by the connection's loop. */
final class SuspendedTermini {
    private final EventLoop owner;

    /** With the number of the suspension that it is in. */
    private final Map<ResumableTerminus, Integer> waiting = new LinkedHashMap<>();

    SuspendedTermini(EventLoop owner) {
        this.owner = owner;
    }

    void add(ResumableTerminus terminus) {
        owner.assertCurrent();
        waiting.put(terminus, terminus.suspensions());
    }

    /** It was claimed, or is over. */
    void remove(ResumableTerminus terminus) {
        owner.assertCurrent();
        waiting.remove(terminus);
    }

    int size() {
        return waiting.size();
    }

    /** The session, or the connection, is over: their time begins to run. */
    void onOver() {
        var over = new LinkedHashMap<>(waiting);
        waiting.clear();
        over.forEach((terminus, suspension) -> terminus.onExpiryEvent(owner, suspension));
    }
}
