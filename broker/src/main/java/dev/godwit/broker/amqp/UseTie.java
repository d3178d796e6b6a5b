package dev.godwit.broker.amqp;

import dev.godwit.broker.queue.NodeUse;

/** A link that has a node at its end, which is not removed as unused meanwhile. Owned by the link's loop; lives as long as it. */
final class UseTie extends EndingTie {
    private final NodeUse use;

    /** @param use which has begun */
    UseTie(NodeUse use) {
        this.use = use;
    }

    @Override
    void onEnd() {
        use.end();
    }
}
