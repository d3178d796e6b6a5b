package dev.godwit.broker.amqp;

import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether producers on one event loop are invited to send more. Closed while the journal is behind or memory is short: then
 * producer links owe their peers credit, which they pay when the gate opens. Owned by that loop.
 */
public final class IntakeGate {
    private final EventLoop owner;
    private final Set<ProducerLink> indebted = new LinkedHashSet<>();

    /** Why it is closed; null when it is open. */
    private @Nullable CreditReason closedFor;

    public IntakeGate(EventLoop owner) {
        this.owner = owner;
    }

    /**
     * Opens or closes it. Any thread.
     *
     * @param why it is to be closed; null when it is to be open
     */
    public void setClosed(@Nullable CreditReason why) {
        owner.execute(() -> {
            closedFor = why;
            if (why == null) {
                var paying = Set.copyOf(indebted);
                indebted.clear();
                paying.forEach(ProducerLink::payCredit);
            }
        });
    }

    boolean isClosed() {
        return closedFor != null;
    }

    /** Why it is closed; null when it is open. */
    @Nullable
    CreditReason obstacle() {
        return closedFor;
    }

    /** The link will be told when the gate opens. */
    void waitForOpening(ProducerLink link) {
        indebted.add(link);
    }

    void forget(ProducerLink link) {
        indebted.remove(link);
    }
}
