package dev.godwit.storage.segment;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The threads beside the writer, each for one kind of work that may take its time.
 *
 * @param background makes segments ready and takes them back
 * @param reading reads records back
 * @param checkpointing writes checkpoints
 */
record LogThreads(ExecutorService background, ExecutorService reading, ExecutorService checkpointing) {
    static LogThreads start() {
        return new LogThreads(
                Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "journal-segments")),
                start("journal-reader"),
                start("journal-checkpoint"));
    }

    private static ExecutorService start(String name) {
        return Executors.newSingleThreadExecutor(task -> new Thread(task, name));
    }

    void shutdownNow() {
        all().forEach(ExecutorService::shutdownNow);
    }

    /** Lets each finish what it was given; false when one has not after that many seconds. */
    boolean end(long seconds) throws InterruptedException {
        all().forEach(ExecutorService::shutdown);
        boolean ended = true;
        for (ExecutorService each : all()) {
            ended &= each.awaitTermination(seconds, TimeUnit.SECONDS);
        }
        return ended;
    }

    private List<ExecutorService> all() {
        return List.of(background, reading, checkpointing);
    }
}
