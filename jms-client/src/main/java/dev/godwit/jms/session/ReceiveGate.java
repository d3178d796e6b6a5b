package dev.godwit.jms.session;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Who is in a receive of one consumer, so that its close can wait for them (Jakarta Messaging §8.8). For any thread. */
final class ReceiveGate {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    void enter() {
        lock.readLock().lock();
    }

    void leave() {
        lock.readLock().unlock();
    }

    /** Returns when nobody is inside any more, save one who is the caller. Whoever is, must have been told to leave. */
    void awaitEmpty() {
        if (lock.getReadHoldCount() == 0) {
            shut();
            open();
        }
    }

    private void shut() {
        lock.writeLock().lock();
    }

    private void open() {
        lock.writeLock().unlock();
    }
}
