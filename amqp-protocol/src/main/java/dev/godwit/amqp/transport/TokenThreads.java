package dev.godwit.amqp.transport;

import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the applications' token suppliers are asked: on few threads of their own, because they may hang, and others log in
 * meanwhile. For any thread.
 */
final class TokenThreads {
    /** So many suppliers may be asked at the same time; further ones wait for those. */
    static final int THREADS_MAX = 8;

    private static final int IDLE_SECONDS = 10;
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final ThreadPoolExecutor THREADS = newThreads();

    private TokenThreads() {}

    private static ThreadPoolExecutor newThreads() {
        var threads = new ThreadPoolExecutor(
                THREADS_MAX, THREADS_MAX, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    var thread = new Thread(task, "godwit-token-supplier-" + NUMBERS.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * Asks, with the caller's context class loader; {@code then} hears the answer or the failure on the thread that was asked,
     * unless it is given up before.
     *
     * @return by which it is given up: whoever is being asked is interrupted
     */
    static <T> Future<?> ask(Callable<T> question, BiConsumer<@Nullable T, @Nullable Throwable> then) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return THREADS.submit(() -> {
            // The threads are everybody's, and have that of whom they were made for.
            Thread.currentThread().setContextClassLoader(loader);
            T answer;
            try {
                answer = question.call();
            } catch (Throwable failed) {
                // Errors, too: a library of tokens that is not there is one, and the login would wait for its timeout.
                then.accept(null, failed);
                return;
            }
            then.accept(answer, null);
        });
    }
}
