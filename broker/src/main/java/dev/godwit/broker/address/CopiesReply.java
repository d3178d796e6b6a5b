package dev.godwit.broker.address;

import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.QueueTransaction;
import org.jspecify.annotations.Nullable;

/**
 * Gathers how the copies of one message ended into one reply. A queue refuses a copy only when it is being deleted: its
 * subscription has ended, and nobody misses the message there. Owned by the topic's loop.
 */
final class CopiesReply implements EnqueueReply {
    private final EnqueueReply reply;
    private int left;
    private boolean inDoubt;

    CopiesReply(int copies, EnqueueReply reply) {
        this.left = copies;
        this.reply = reply;
    }

    @Override
    public @Nullable QueueTransaction transaction() {
        return reply.transaction();
    }

    @Override
    public boolean isTransfer() {
        return reply.isTransfer();
    }

    @Override
    public void onSafe() {
        onEnd();
    }

    @Override
    public void onRefused() {
        onEnd();
    }

    @Override
    public void onInDoubt() {
        inDoubt = true;
        onEnd();
    }

    private void onEnd() {
        left--;
        if (left == 0) {
            if (inDoubt) {
                reply.onInDoubt();
            } else {
                reply.onSafe();
            }
        }
    }
}
