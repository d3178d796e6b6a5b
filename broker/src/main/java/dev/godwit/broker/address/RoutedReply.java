package dev.godwit.broker.address;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.queue.EnqueueReply;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers how a message ended at all the addresses that its routes led it to. It was taken when one has taken it, and every
 * one that takes it has it safe; where it was refused it is missed, and counted there. Refused by all, its sender hears what
 * the first one said. In a transaction no copy may be missed: one that is refused fails the whole. Owned by the loop of the
 * address where the routes begin.
 */
final class RoutedReply implements EnqueueReply.Before {
    private final EnqueueReply reply;
    private int left;
    private boolean taken;
    private boolean inDoubt;
    private @Nullable Consumer<EnqueueReply> refusal;

    RoutedReply(int copies, EnqueueReply reply) {
        this.left = copies;
        this.reply = reply;
    }

    @Override
    public EnqueueReply reply() {
        return reply;
    }

    @Override
    public int hops() {
        return reply.hops() + 1;
    }

    @Override
    public void onSafe() {
        taken = true;
        onEnd();
    }

    @Override
    public void onRefused() {
        refuse(EnqueueReply::onRefused);
    }

    @Override
    public void onRejected(ErrorCondition why) {
        refuse(told -> told.onRejected(why));
    }

    /** The address where it was sent is still there: its sender may try again. */
    @Override
    public void onDeleted() {
        refuse(EnqueueReply::onRefused);
    }

    @Override
    public void onInDoubt() {
        inDoubt = true;
        onEnd();
    }

    private void refuse(Consumer<EnqueueReply> how) {
        if (refusal == null) {
            refusal = how;
        }
        onEnd();
    }

    private void onEnd() {
        left--;
        if (left > 0) {
            return;
        }
        if (inDoubt) {
            reply.onInDoubt();
        } else if (refusal == null || (taken && transaction() == null)) {
            reply.onSafe();
        } else if (taken) {
            reply.onRefused();
        } else {
            refusal.accept(reply);
        }
    }
}
