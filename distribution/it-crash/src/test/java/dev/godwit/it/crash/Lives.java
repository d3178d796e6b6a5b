package dev.godwit.it.crash;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells clients which life of the broker they are in: a client that lost its connection waits here for the next one. The
 * test's thread turns it, the clients' threads wait.
 */
final class Lives {
    private static final int OVER = -1;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition turned = lock.newCondition();
    private int current;
    private boolean over;

    /** The broker is up again. */
    void begin(int life) {
        lock.lock();
        try {
            current = life;
            turned.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** There is no other life. */
    void end() {
        lock.lock();
        try {
            over = true;
            turned.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a life after {@code life}; returns its number, or a negative one when there is none. */
    int awaitAfter(int life) throws InterruptedException {
        lock.lock();
        try {
            while (!over && current <= life) {
                turned.await();
            }
            return over ? OVER : current;
        } finally {
            lock.unlock();
        }
    }
}
