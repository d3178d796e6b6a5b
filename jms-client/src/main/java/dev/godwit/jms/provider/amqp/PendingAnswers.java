package dev.godwit.jms.provider.amqp;

import dev.godwit.jms.provider.ProviderException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The answers that a connection still owes: all of them fail when it is lost. Owned by the connection's loop. */
final class PendingAnswers {
    private static final int SWEEP_MIN = 64;

    private final List<CompletableFuture<?>> pending = new ArrayList<>();
    private int sweepAt = SWEEP_MIN;

    void add(CompletableFuture<?> answer) {
        if (pending.size() >= sweepAt) {
            pending.removeIf(CompletableFuture::isDone);
            sweepAt = Math.max(SWEEP_MIN, pending.size() * 2);
        }
        pending.add(answer);
    }

    void failAll(ProviderException cause) {
        List<CompletableFuture<?>> all = List.copyOf(pending);
        pending.clear();
        all.forEach(answer -> answer.completeExceptionally(cause));
    }
}
