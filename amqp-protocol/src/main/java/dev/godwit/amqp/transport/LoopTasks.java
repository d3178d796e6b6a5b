package dev.godwit.amqp.transport;

import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has done later on its loop, or elsewhere. Owned by that loop, save {@link #run}, which any thread may call.
 */
final class LoopTasks {
    /** To be kept where no timer is set. */
    static final long NO_TIMER = -1;

    private final ContextInternal context;
    private final Executor loop;
    private final Consumer<RuntimeException> onBug;

    /** @param onBug hears of what fails, so that the connection pays for it and nobody else */
    LoopTasks(ContextInternal context, Consumer<RuntimeException> onBug) {
        this.context = context;
        this.onBug = onBug;
        loop = task -> context.runOnContext(turn -> task.run());
    }

    Executor loop() {
        return loop;
    }

    void assertOnLoop() {
        if (!context.nettyEventLoop().inEventLoop()) {
            throw new IllegalStateException(
                    "off its event loop: " + Thread.currentThread().getName());
        }
    }

    /** In a turn of its own. */
    void run(Runnable task) {
        loop.execute(() -> guarded(task));
    }

    /** Elsewhere, where it may block; what came of it is heard on the loop. */
    <T> void runBlocking(Callable<T> task, BiConsumer<T, @Nullable Throwable> then) {
        context.executeBlocking(task, false)
                .onComplete((result, failure) -> guarded(() -> then.accept(result, failure)));
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException bug) {
            onBug.accept(bug);
        }
    }

    /** On the loop, also when the connection is over by then; returns by what it can be cancelled. */
    long setTimer(long millis, Runnable task) {
        return context.setTimer(millis, timer -> task.run());
    }

    /** @param timer may be {@link #NO_TIMER}, or have gone off */
    void cancel(long timer) {
        if (timer != NO_TIMER) {
            context.owner().cancelTimer(timer);
        }
    }
}
