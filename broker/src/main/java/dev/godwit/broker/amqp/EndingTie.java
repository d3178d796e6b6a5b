package dev.godwit.broker.amqp;

/** A tie that ends once, whatever becomes of its link. Owned by the link's loop; lives as long as the link. */
abstract class EndingTie implements LinkTie {
    private boolean over;

    /** It ended. Called once. */
    abstract void onEnd();

    final boolean isOver() {
        return over;
    }

    final void end() {
        if (!over) {
            over = true;
            onEnd();
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
    public final void onNodeGone() {
        end();
    }

    @Override
    public final void onGone() {
        end();
    }

    @Override
    public final void onBroken() {
        end();
    }
}
