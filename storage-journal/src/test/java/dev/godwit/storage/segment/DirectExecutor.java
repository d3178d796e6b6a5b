package dev.godwit.storage.segment;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;

/** Does each task at once, in the caller's thread. */
final class DirectExecutor extends AbstractExecutorService {
    private boolean shutdown;

    /** All of a log's threads, none of them a thread. */
    static LogThreads threads() {
        return new LogThreads(new DirectExecutor(), new DirectExecutor(), new DirectExecutor());
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public void shutdown() {
        shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown = true;
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return shutdown;
    }
}
