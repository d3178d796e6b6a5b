package dev.godwit.jms.session;

import jakarta.jms.JMSException;
import jakarta.jms.ResourceAllocationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Bounds, in bytes, what a session has sent without waiting for the answer. The sender's thread enters and may have to
 * wait; the provider's thread leaves, never waiting.
 */
final class SendWindow {
    /** What a message costs beside its bytes. */
    private static final int OVERHEAD_BYTES = 256;

    private final int windowBytes;
    private final long timeoutMillis;
    private final Semaphore free;

    SendWindow(int windowBytes, long timeoutMillis) {
        this.windowBytes = windowBytes;
        this.timeoutMillis = timeoutMillis;
        this.free = new Semaphore(windowBytes);
    }

    /**
     * Waits for room.
     *
     * @return what to give to {@link #leave}
     */
    int enter(int messageBytes, String what) throws JMSException {
        int bytes = Math.min(messageBytes + OVERHEAD_BYTES, windowBytes);
        if (!free.tryAcquire(bytes) && !await(bytes, timeoutMillis)) {
            throw new ResourceAllocationException(
                    what + ": not sent, because for " + timeoutMillis + " ms the broker has answered too few of the "
                            + windowBytes + " bytes that are on their way",
                    Answers.TIMEOUT);
        }
        return bytes;
    }

    void leave(int bytes) {
        free.release(bytes);
    }

    /** Waits until nothing is on its way; false when something still is after the timeout. */
    boolean awaitEmpty(long emptyTimeoutMillis) throws JMSException {
        if (!await(windowBytes, emptyTimeoutMillis)) {
            return false;
        }
        free.release(windowBytes);
        return true;
    }

    private boolean await(int bytes, long millis) throws JMSException {
        try {
            if (millis == ConnectionSettings.NO_LIMIT) {
                free.acquire(bytes);
                return true;
            }
            return free.tryAcquire(bytes, millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw JmsErrors.withCause(
                    new JMSException("interrupted while waiting for the broker's answers", Answers.INTERRUPTED),
                    interrupted);
        }
    }
}
