package dev.godwit.jms.session;

import jakarta.jms.CompletionListener;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the completion listeners of one session, one at a time and in the order of the sends (Jakarta Messaging §7.3.8),
 * on a thread that exists only while there is something to call. Sends are added by the session's thread, ended by the
 * provider's.
 */
final class CompletionQueue {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionQueue.class);

    private final ConcurrentLinkedQueue<Pending> pending = new ConcurrentLinkedQueue<>();
    private final ThreadPoolExecutor caller;
    private volatile @Nullable Thread callingThread;
    private volatile boolean used;

    CompletionQueue(String threadName) {
        caller = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, threadName);
            thread.setDaemon(true);
            return thread;
        });
        caller.allowCoreThreadTimeOut(true);
    }

    /** A send whose end has not come yet. */
    static final class Pending {
        private final Message message;
        private final CompletionListener listener;
        private boolean ended;
        private @Nullable JMSException failure;

        private Pending(Message message, CompletionListener listener) {
            this.message = message;
            this.listener = listener;
        }
    }

    Pending add(Message message, CompletionListener listener) {
        used = true;
        Pending added = new Pending(message, listener);
        pending.add(added);
        return added;
    }

    /** Called by the provider's thread. Calls for all at the head whose end has come. */
    void end(Pending send, @Nullable JMSException failure) {
        send.failure = failure;
        send.ended = true;
        for (Pending head = pending.peek(); head != null && head.ended; head = pending.peek()) {
            pending.poll();
            Pending next = head;
            try {
                caller.execute(() -> call(next));
            } catch (RejectedExecutionException closed) {
                LOG.warn("The session was closed before the end of a send could be told: {}", next.message);
            }
        }
    }

    /** True on the thread that calls listeners, while it does. */
    boolean isCalling() {
        return Thread.currentThread() == callingThread;
    }

    /** Ends when every listener has been called whose send has ended. */
    CompletableFuture<Void> whenCalled() {
        return used ? CompletableFuture.runAsync(() -> {}, caller) : CompletableFuture.completedFuture(null);
    }

    void close() {
        caller.shutdown();
    }

    private void call(Pending send) {
        callingThread = Thread.currentThread();
        try {
            if (send.failure == null) {
                send.listener.onCompletion(send.message);
            } else {
                send.listener.onException(send.message, send.failure);
            }
        } catch (Throwable thrown) {
            LOG.warn("A completion listener threw an exception, which nobody can handle", thrown);
        } finally {
            callingThread = null;
        }
    }
}
