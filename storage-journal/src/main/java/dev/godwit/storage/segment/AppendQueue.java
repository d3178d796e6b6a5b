package dev.godwit.storage.segment;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The way from the event loops to the writer thread: any thread offers, the writer polls. Who offers
 * wakes the writer, if it sleeps, when its own turn is over: so that happens once a batch and not once a record, and what comes in
 * one turn is synced in one go. Bounded by bytes, not by records.
 */
final class AppendQueue {
    /** The writer is at work and will look into the queue by itself. */
    private static final int AWAKE = 0;
    /** The writer waits for a moment to come: only what is urgent wakes it. */
    private static final int DOZING = 1;
    /** The writer has nothing to do: anything wakes it. */
    private static final int ASLEEP = 2;
    /** The same, and it watches for it: nobody needs to have the system wake its thread. */
    private static final int WATCHING = 3;

    /** So many may wait before the queue allocates. */
    private static final int CHUNK_APPENDS = 8192;

    private final MpscUnboundedArrayQueue<Append> queue = new MpscUnboundedArrayQueue<>(CHUNK_APPENDS);
    private final MpscUnboundedArrayQueue<ReadRequest> reads = new MpscUnboundedArrayQueue<>(64);
    private final MpscUnboundedArrayQueue<HistoryRequest> histories = new MpscUnboundedArrayQueue<>(16);
    private final ConcurrentLinkedQueue<ReplayRequest> replays = new ConcurrentLinkedQueue<>();
    private final MpscUnboundedArrayQueue<StateCapture> captures = new MpscUnboundedArrayQueue<>(16);
    private final AtomicInteger sleep = new AtomicInteger(AWAKE);
    private final AtomicLong pendingBytes = new AtomicLong();
    private final Watch watch;
    private volatile @Nullable Thread writer;
    private long sleepSinceNanos;

    /** The permit of an unpark alone may be taken by another wait of the writer, for a lock. */
    private volatile boolean interrupted;

    /** @param watch how long the writer watches for work before it sleeps */
    AppendQueue(Watch watch) {
        this.watch = watch;
    }

    /** Counts the bytes as pending, unless they would exceed {@code max}. A record always fits an idle journal. */
    boolean reserve(long bytes, long max) {
        long before = pendingBytes.getAndAdd(bytes);
        if (before > 0 && before + bytes > max) {
            pendingBytes.getAndAdd(-bytes);
            return false;
        }
        return true;
    }

    long pendingBytes() {
        return pendingBytes.get();
    }

    /**
     * True when the writer sleeps and the append must not wait until it wakes by itself: then somebody has to {@link #wake}
     * it, soon.
     *
     * <p>Design note: {@code offer} claims its slot by a compare-and-set before this reads {@code sleep}; the writer sets
     * {@code sleep} before it compares the queue's ends in {@code isEmpty}. So one of the two sees the other.
     */
    boolean offer(Append append) {
        boolean lazy = append.lazy();
        queue.offer(append);
        int asleep = sleep.get();
        return asleep >= ASLEEP || (asleep == DOZING && !lazy);
    }

    /** Any thread: a queue's past to be read. */
    void offerHistory(HistoryRequest request) {
        histories.offer(request);
        wake();
    }

    /** Any thread: a state to be taken, or one that nobody reads any more. */
    void offerCapture(StateCapture capture) {
        captures.offer(capture);
        wake();
    }

    /** Any thread: records to be looked up. */
    void offerRead(ReadRequest request) {
        reads.offer(request);
        wake();
    }

    /** Any thread: what is alive to be told, when all that was offered before has been written. */
    void offerReplay(ReplayRequest request) {
        replays.offer(request);
        interruptSleep();
    }

    void wake() {
        int asleep = sleep.getAndSet(AWAKE);
        if (asleep == ASLEEP || asleep == DOZING) {
            LockSupport.unpark(writer);
        }
    }

    /** For what is not in the queue: the next sleep ends at once, if the writer is not asleep yet. */
    void interruptSleep() {
        interrupted = true;
        LockSupport.unpark(writer);
    }

    // From here on: the writer thread only.

    void ownedBy(Thread thread) {
        writer = thread;
    }

    @Nullable
    Append poll() {
        return queue.poll();
    }

    /** How many appends there are at least for {@link #poll} to give. */
    int size() {
        return queue.size();
    }

    /** Also another thread, when the writer has ended. */
    @Nullable
    ReplayRequest pollReplay() {
        return replays.poll();
    }

    @Nullable
    HistoryRequest pollHistory() {
        return histories.poll();
    }

    @Nullable
    StateCapture pollCapture() {
        return captures.poll();
    }

    @Nullable
    ReadRequest pollRead() {
        return reads.poll();
    }

    void written(long bytes) {
        pendingBytes.getAndAdd(-bytes);
    }

    /** Sleeps until something is offered or {@link #interruptSleep} is called. May return early. */
    void sleep() {
        if (fallAsleep()) {
            LockSupport.park(this);
        }
        awake();
        watch.waited(System.nanoTime() - sleepSinceNanos);
    }

    /** Like {@link #sleep}, but for a second at most. */
    void sleepLightly() {
        if (fallAsleep()) {
            LockSupport.parkNanos(this, TimeUnit.SECONDS.toNanos(1));
        }
        awake();
        watch.waited(System.nanoTime() - sleepSinceNanos);
    }

    /** False when there is something to do after all. */
    private boolean fallAsleep() {
        sleepSinceNanos = System.nanoTime();
        long nanos = watch.nanos();
        if (nanos > 0) {
            sleep.set(WATCHING);
            if (!isEmpty()) {
                return false;
            }
            while (sleep.get() == WATCHING && !interrupted && System.nanoTime() - sleepSinceNanos < nanos) {
                Thread.onSpinWait();
            }
            if (interrupted || !sleep.compareAndSet(WATCHING, ASLEEP)) {
                return false;
            }
        } else {
            sleep.set(ASLEEP);
        }
        return isEmpty();
    }

    private boolean isEmpty() {
        return !interrupted
                && replays.isEmpty()
                && queue.isEmpty()
                && reads.isEmpty()
                && histories.isEmpty()
                && captures.isEmpty();
    }

    private void awake() {
        interrupted = false;
        sleep.set(AWAKE);
    }

    /** Sleeps for at most that long, unless something urgent is offered. May return early. */
    void doze(long nanos) {
        sleep.set(DOZING);
        if (isEmpty()) {
            LockSupport.parkNanos(this, Math.min(nanos, TimeUnit.SECONDS.toNanos(1)));
        }
        awake();
    }
}
