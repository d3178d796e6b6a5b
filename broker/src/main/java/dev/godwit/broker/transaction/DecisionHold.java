package dev.godwit.broker.transaction;

import dev.godwit.broker.queue.DecisionRecord;
import dev.godwit.broker.runtime.EventLoop;
import java.util.UUID;

/**
 * How many need what is on record of a decision: the shards that have not recorded it themselves count as one, a client that may
 * ask for it as another. When nobody does it is forgotten. Owned by the loop of whoever commits.
 */
final class DecisionHold {
    private final UUID transactionId;
    private final DecisionRecord decision;
    private final EventLoop owner;
    private int holders;

    DecisionHold(UUID transactionId, DecisionRecord decision, EventLoop owner, int holders) {
        this.transactionId = transactionId;
        this.decision = decision;
        this.owner = owner;
        this.holders = holders;
    }

    /** One of them needs it no more. Any thread. */
    void release() {
        owner.execute(() -> {
            if (--holders == 0) {
                decision.forget(transactionId);
            }
        });
    }
}
