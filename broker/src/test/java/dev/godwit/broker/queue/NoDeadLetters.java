package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;

/** For queues whose messages nobody rejects, in tests. */
public final class NoDeadLetters implements DeadLetters {
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
