package dev.godwit.jms.session;

import jakarta.jms.ExceptionListener;
import jakarta.jms.JMSException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who hears what becomes of a connection: called one after the other on a thread of its own, which ends when there is nothing to
 * tell. For any thread.
 */
final class ConnectionListeners {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionListeners.class);

    private final List<ConnectionStateListener> stateListeners = new CopyOnWriteArrayList<>();
    private final ThreadPoolExecutor caller;
    private volatile @Nullable ExceptionListener exceptionListener;

    ConnectionListeners(String connectionId, @Nullable ExceptionListener exceptionListener) {
        this.exceptionListener = exceptionListener;
        this.caller = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "godwit-jms-exception " + connectionId);
            thread.setDaemon(true);
            return thread;
        });
        caller.allowCoreThreadTimeOut(true);
    }

    @Nullable
    ExceptionListener exceptionListener() {
        return exceptionListener;
    }

    void setExceptionListener(@Nullable ExceptionListener listener) {
        exceptionListener = listener;
    }

    void add(ConnectionStateListener listener) {
        stateListeners.add(listener);
    }

    void remove(ConnectionStateListener listener) {
        stateListeners.remove(listener);
    }

    /** Tells the exception listener; the log, when there is none. */
    void onFailure(JMSException cause) {
        ExceptionListener listener = exceptionListener;
        if (listener == null) {
            LOG.warn("{}", cause.getMessage());
            return;
        }
        if (!call(() -> listener.onException(cause))) {
            LOG.warn("After the close of the connection: {}", cause.getMessage());
        }
    }

    void tell(Consumer<ConnectionStateListener> what) {
        for (ConnectionStateListener listener : stateListeners) {
            call(() -> what.accept(listener));
        }
    }

    /** False after {@link #close}. */
    private boolean call(Runnable listener) {
        try {
            caller.execute(() -> {
                try {
                    listener.run();
                } catch (RuntimeException thrown) {
                    LOG.warn("A listener of the connection threw an exception itself", thrown);
                }
            });
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }

    /** What has been told so far is still heard. */
    void close() {
        caller.shutdown();
    }
}
