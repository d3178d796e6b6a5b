package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import java.util.ArrayList;
import java.util.List;

/** Takes every dead letter but large ones, and remembers why each came. */
final class TakenDeadLetters implements DeadLetters {
    final List<DeadLetter> letters = new ArrayList<>();

    @Override
    public boolean isLastResort(String queue) {
        return false;
    }

    @Override
    public void take(DeadLetter why, Message message, EnqueueReply reply) {
        letters.add(why);
        reply.onSafe();
    }

    @Override
    public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
        reply.onRefused();
    }
}
