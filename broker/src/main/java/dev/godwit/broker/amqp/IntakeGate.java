package dev.godwit.broker.amqp;

import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Whether producers on one event loop are invited to send more. Closed while the journal is behind or memory is short: then
 * producer links owe their peers credit, which they pay when the gate opens. Owned by that loop.
 */
public final class IntakeGate {
    private final EventLoop owner;
    private final Set<ProducerLink> indebted = new LinkedHashSet<>();
    private boolean closed;

    public IntakeGate(EventLoop owner) {
        this.owner = owner;
    }

    /** Opens or closes it. Any thread. */
    public void setClosed(boolean nowClosed) {
        owner.execute(() -> {
            closed = nowClosed;
            if (!closed) {
                var paying = Set.copyOf(indebted);
                indebted.clear();
                paying.forEach(ProducerLink::payCredit);
            }
        });
    }

    boolean isClosed() {
        return closed;
    }

    /** The link will be told when the gate opens. */
    void waitForOpening(ProducerLink link) {
        indebted.add(link);
    }

    void forget(ProducerLink link) {
        indebted.remove(link);
    }
}
