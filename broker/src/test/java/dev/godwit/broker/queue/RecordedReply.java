package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a producer hears of its message, written down: how it ended, and why when it was rejected. Owned by the test. */
public final class RecordedReply implements LargeMessageReply {
    public final List<String> endings;

    /** Bytes of a large message that were taken. */
    public long taken;

    public boolean transfer;
    public @Nullable QueueTransaction transaction;
    private @Nullable ErrorCondition why;

    public RecordedReply() {
        this(new ArrayList<>());
    }

    /** @param endings where several write, in the order in which they ended */
    public RecordedReply(List<String> endings) {
        this.endings = endings;
    }

    /** Why it was rejected. */
    public ErrorCondition why() {
        return Objects.requireNonNull(why, "not rejected");
    }

    /** What each of them has heard; "none" when it has heard nothing. */
    public static List<String> endings(List<RecordedReply> replies) {
        return replies.stream()
                .map(each -> each.endings.isEmpty() ? "none" : String.join(", ", each.endings))
                .toList();
    }

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
    public void onRejected(ErrorCondition reason) {
        why = reason;
        endings.add("rejected " + reason.condition());
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
