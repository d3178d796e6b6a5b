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

    /** What a client does in one life of the broker, until it has lost its connection. */
    interface Client {
        void live(int life) throws InterruptedException;
    }

    /** Has a client live in one after the other, as long as there is another one. Its thread waits here, and may be interrupted. */
    void each(Client client) {
        try {
            for (int life = awaitAfter(0); life > 0; life = awaitAfter(life)) {
                client.live(life);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
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
