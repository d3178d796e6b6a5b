package dev.godwit.broker.address;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.DeadLetter;
import dev.godwit.broker.queue.DeadLetters;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageSource;

/** For queues whose messages nobody rejects. */
final class NoDeadLetters implements DeadLetters {
    @Override
    public boolean isLastResort(String queue) {
        return false;
    }

    @Override
    public void take(DeadLetter why, Message message, EnqueueReply reply) {
        throw new AssertionError("nothing was rejected");
    }

    @Override
    public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
        throw new AssertionError("nothing was rejected");
    }
}
