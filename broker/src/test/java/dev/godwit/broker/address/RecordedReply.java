package dev.godwit.broker.address;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.QueueTransaction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a producer hears. */
final class RecordedReply implements LargeMessageReply {
    final List<String> endings = new ArrayList<>();
    long taken;
    boolean transfer;

    @Nullable
    QueueTransaction transaction;

    @Override
    public @Nullable QueueTransaction transaction() {
        return transaction;
    }

    @Override
    public boolean isTransfer() {
        return transfer;
    }

    @Override
    public void onPartsTaken(long bytes) {
        taken += bytes;
    }

    @Override
    public void onSafe() {
        endings.add("safe");
    }

    @Override
    public void onRefused() {
        endings.add("refused");
    }

    @Override
    public void onRejected(ErrorCondition why) {
        endings.add("rejected " + why.condition());
    }

    @Override
    public void onDeleted() {
        endings.add("deleted");
    }

    @Override
    public void onInDoubt() {
        endings.add("in doubt");
    }
}
