package dev.godwit.storage.segment;

import dev.godwit.storage.record.ShardRecovery;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** What is alive now is to be told, while the writer writes nothing. It goes to the writer thread, which answers it. */
final class ReplayRequest {
    private final FileLayer files;
    private final List<Integer> shards;
    private final IntFunction<@Nullable ShardRecovery> recoveries;
    private final CompletableFuture<Long> facts = new CompletableFuture<>();

    /** @param shards that are told also when nothing is alive in them */
    ReplayRequest(FileLayer files, List<Integer> shards, IntFunction<@Nullable ShardRecovery> recoveries) {
        this.files = files;
        this.shards = shards;
        this.recoveries = recoveries;
    }

    /** How many facts were told. */
    CompletableFuture<Long> facts() {
        return facts;
    }

    /** Writer thread, between two batches. */
    void run(LiveRecords live, SegmentLine segments) {
        try {
            facts.complete(StateRecovery.run(files, live, segments, shards, recoveries));
        } catch (IOException | RuntimeException e) {
            facts.completeExceptionally(e);
        }
    }

    /** Nothing is told any more. */
    void end() {
        facts.completeExceptionally(new IllegalStateException("the journal is closed, or has failed"));
    }
}
