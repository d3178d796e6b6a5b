package dev.godwit.broker;

import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.runtime.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps of a start that run beside each other, or on loops, and are waited for: until there is no point in it any more.
 * Immutable.
 *
 * @param pointless done when what is being started is not wanted any more
 */
record StartSteps(CompletableFuture<Void> pointless) {
    private static final Logger log = LoggerFactory.getLogger(StartSteps.class);
    private static final long STEP_TIMEOUT_SECONDS = 600;

    /** Steps of a start that is wanted in any case. */
    StartSteps() {
        this(new CompletableFuture<>());
    }

    /** One step. */
    interface Step<T> {
        T run() throws BrokerStartException;
    }

    /** Does a step on a thread of its own. */
    static <T> CompletableFuture<T> aside(String name, Step<T> step) {
        var done = new CompletableFuture<T>();
        var thread = new Thread(
                () -> {
                    try {
                        done.complete(step.run());
                    } catch (BrokerStartException | RuntimeException | Error failed) {
                        done.completeExceptionally(failed);
                    }
                },
                name);
        thread.start();
        return done;
    }

    /** Ends what a step has made, as soon as it has. */
    static void closeOnceThere(CompletableFuture<? extends AutoCloseable> started) {
        try {
            started.join().close();
        } catch (CompletionException neverCame) {
            log.debug("nothing to close", neverCame);
        } catch (Exception failed) {
            log.warn("a part of the broker could not be closed", failed);
        }
    }

    /** Does a step on a loop. */
    <T> T on(EventLoop loop, Supplier<T> work) throws BrokerStartException {
        return await(CompletableFuture.supplyAsync(work, loop));
    }

    /**
     * Waits for a step.
     *
     * @throws BrokerStartException when it failed, took too long, or is not wanted any more
     */
    <T> T await(CompletableFuture<T> work) throws BrokerStartException {
        try {
            CompletableFuture.anyOf(work, pointless).get(STEP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (!work.isDone()) {
                throw new BrokerStartException(Kind.FAILED, "this node is not to serve any more");
            }
            return work.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BrokerStartException(Kind.FAILED, "interrupted while starting", interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof BrokerStartException why) {
                throw why;
            }
            throw new BrokerStartException(Kind.FAILED, "start failed: " + failed.getCause(), failed);
        } catch (TimeoutException late) {
            throw new BrokerStartException(
                    Kind.FAILED, "a step of the start took longer than " + STEP_TIMEOUT_SECONDS + " s", late);
        }
    }
}
