package dev.godwit.broker.cluster.node;

import java.util.concurrent.CompletableFuture;

/** The time in which this node leads all shards, from when it does until it first does not. Any thread may ask. */
public final class Term {
    private final long[] epochs;
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** @param epochs in which it leads each shard */
    Term(long[] epochs) {
        this.epochs = epochs.clone();
    }

    long epochOf(int shard) {
        return epochs[shard];
    }

    boolean hasEpoch(int shard, long epoch) {
        return epochs[shard] == epoch;
    }

    void end() {
        over.complete(null);
    }

    boolean isOver() {
        return over.isDone();
    }

    /** Done when it is over. */
    public CompletableFuture<Void> over() {
        return over;
    }
}
