package dev.godwit.jms.provider;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** An answer that has not come yet, and knows for whom it waits. For any thread. */
public final class PendingAnswer<T> extends CompletableFuture<T> {
    private final Supplier<String> whom;

    /** @param whom says, at any time and on any thread, who is to answer and how things are there */
    public PendingAnswer(Supplier<String> whom) {
        this.whom = whom;
    }

    /** Who is to answer, for a human: {@code connected to 10.0.0.1:5672}. */
    public String whom() {
        return whom.get();
    }
}
