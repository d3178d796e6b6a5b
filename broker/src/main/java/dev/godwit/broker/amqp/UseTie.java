package dev.godwit.broker.amqp;

import dev.godwit.broker.queue.NodeUse;

/** A link that has a node at its end, which is not removed as unused meanwhile. Owned by the link's loop; lives as long as it. */
final class UseTie implements LinkTie {
    private final NodeUse use;
    private boolean over;

    /** @param use which has begun */
    UseTie(NodeUse use) {
        this.use = use;
    }

    private void end() {
        if (!over) {
            over = true;
            use.end();
        }
    }

    @Override
    public void onDetached(boolean closed) {
        end();
    }

    @Override
    public void onStolen() {
        end();
    }

    @Override
    public void onNodeGone() {
        end();
    }

    @Override
    public void onGone() {
        end();
    }

    @Override
    public void onBroken() {
        end();
    }
}
