package dev.godwit.jms.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the message listeners of one session, one at a time, on a thread of its own, which exists from the first listener
 * to the session's end. Not a daemon unless that is wanted: a program that only listens lives until it closes its connection.
 */
final class SessionDispatcher implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionDispatcher.class);

    private final String threadName;
    private final boolean daemon;
    private final Runnable whenIdle;
    private final List<SessionConsumer> listening = new CopyOnWriteArrayList<>();
    private volatile @Nullable Thread thread;
    private volatile boolean parked;
    private volatile boolean ended;

    /**
     * @param daemon whether the thread keeps no program alive
     * @param whenIdle called on the dispatcher's thread each time that there was nothing left to deliver
     */
    SessionDispatcher(String threadName, boolean daemon, Runnable whenIdle) {
        this.threadName = threadName;
        this.daemon = daemon;
        this.whenIdle = whenIdle;
    }

    void add(SessionConsumer consumer) {
        if (!listening.contains(consumer)) {
            listening.add(consumer);
        }
        if (thread == null && !ended) {
            Thread started = new Thread(this, threadName);
            started.setDaemon(daemon);
            thread = started;
            started.start();
        }
        signal();
    }

    void remove(SessionConsumer consumer) {
        listening.remove(consumer);
    }

    boolean isListening() {
        return !listening.isEmpty();
    }

    /** There may be something to deliver. From any thread; cheap while the dispatcher is busy. */
    void signal() {
        Thread current = thread;
        if (parked && current != null) {
            LockSupport.unpark(current);
        }
    }

    /** Ends the thread, after the listener that it may be in. */
    void end() {
        ended = true;
        Thread current = thread;
        if (current != null) {
            LockSupport.unpark(current);
        }
    }

    @Override
    public void run() {
        while (!ended) {
            try {
                deliverOrPark();
            } catch (Throwable fault) {
                // Of our own: what a listener throws has been caught. The other messages are to be delivered all the
                // same.
                LOG.error("{} goes on after a fault", threadName, fault);
            }
        }
    }

    private void deliverOrPark() {
        if (deliverOneEach()) {
            return;
        }
        whenIdle.run();
        parked = true;
        // Looked at again after the flag is up: who adds a message looks at the flag after adding.
        if (!ended && !isSomethingToDeliver()) {
            // What interrupted a listener is over with it, and would keep the thread from waiting.
            if (!Thread.interrupted()) {
                LockSupport.park(this);
            }
        }
        parked = false;
    }

    private boolean deliverOneEach() {
        boolean delivered = false;
        for (SessionConsumer consumer : listening) {
            delivered |= consumer.deliverToListener();
        }
        return delivered;
    }

    private boolean isSomethingToDeliver() {
        for (SessionConsumer consumer : listening) {
            if (consumer.isReadyToDeliver()) {
                return true;
            }
        }
        return false;
    }
}
