package dev.godwit.broker.amqp;

import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** Termini that are kept at least as long as a session, or a connection, lasts. Owned by the connection's loop. */
final class SuspendedTermini {
    private final EventLoop owner;
    private final List<Waiting> waiting = new ArrayList<>();

    SuspendedTermini(EventLoop owner) {
        this.owner = owner;
    }

    private record Waiting(ResumableTerminus terminus, int suspension) {}

    void add(ResumableTerminus terminus) {
        // Those that were claimed since are forgotten here, so that attaching again and again gathers nothing.
        waiting.removeIf(each -> each.terminus() == terminus);
        waiting.add(new Waiting(terminus, terminus.suspensions()));
    }

    /** The session, or the connection, is over: their time begins to run. */
    void onOver() {
        var over = List.copyOf(waiting);
        waiting.clear();
        over.forEach(each -> each.terminus().onExpiryEvent(owner, each.suspension()));
    }
}
