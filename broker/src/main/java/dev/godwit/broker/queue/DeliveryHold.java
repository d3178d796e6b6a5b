package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/**
 * That a consumer has a message, and for how long it may: of queues that bound that. Owned by the queue's loop, save what
 * the consumer remembers with it, and the time that it is told; lives until the consumer has settled the message or lost it.
 */
public final class DeliveryHold {
    static final int NOWHERE = -1;

    /** Of what is not bounded. */
    static final long NEVER = Long.MAX_VALUE;

    /** What one takes on the heap, roughly, with its place among the others. */
    static final long HEAP_BYTES = 208;

    private final DeliveryHolds holds;
    private final QueueEntry entry;
    private final @Nullable LockToken token;
    private long sinceMillis;
    private final long firstLockedUntilMillis;
    private long timeoutAtMillis;
    private long lockedUntilMillis;

    /** Its place in a {@link HoldHeap}, which is the heap's to change. */
    int place = NOWHERE;

    /** Owned by the consumer's loop. */
    private @Nullable Object delivery;

    /** Written by the consumer's loop, read by the queue's. */
    private volatile boolean sending;

    /** Written by the queue's loop, read by the consumer's. */
    private volatile boolean ended;

    /**
     * @param token names its lock; null when it has none
     * @param lockedUntilMillis when the message goes back unless it was settled; {@link #NEVER}
     * @param timeoutAtMillis when the consumer has to go unless it was settled; {@link #NEVER}
     */
    DeliveryHold(
            DeliveryHolds holds,
            QueueEntry entry,
            @Nullable LockToken token,
            long sinceMillis,
            long lockedUntilMillis,
            long timeoutAtMillis) {
        this.holds = holds;
        this.entry = entry;
        this.token = token;
        this.sinceMillis = sinceMillis;
        this.firstLockedUntilMillis = lockedUntilMillis;
        this.lockedUntilMillis = lockedUntilMillis;
        this.timeoutAtMillis = timeoutAtMillis;
    }

    QueueEntry entry() {
        return entry;
    }

    /** Wall clock: when it was given out. */
    long sinceMillis() {
        return sinceMillis;
    }

    /** By what its consumer asks for more time; null when it has no lock. Any thread may ask. */
    public @Nullable LockToken token() {
        return token;
    }

    /** True when the message goes back by itself. */
    public boolean isLocked() {
        return token != null;
    }

    /** Wall clock: until when it is the consumer's alone, as it stood when it was given out. Any thread may ask. */
    public long firstLockedUntilMillis() {
        return firstLockedUntilMillis;
    }

    /** Wall clock: the same as it stands now. */
    long lockedUntilMillis() {
        return lockedUntilMillis;
    }

    void lockUntil(long newLockedUntilMillis) {
        lockedUntilMillis = newLockedUntilMillis;
    }

    /** Its consumer has it once more, without having been sent it again: what it was told of the time holds no longer. */
    void restart(long nowMillis, long newLockedUntilMillis, long newTimeoutAtMillis) {
        sinceMillis = nowMillis;
        lockedUntilMillis = isLocked() ? newLockedUntilMillis : NEVER;
        timeoutAtMillis = newTimeoutAtMillis;
    }

    /** When something is to become of it. */
    long dueMillis() {
        return Math.min(lockedUntilMillis, timeoutAtMillis);
    }

    /** True when it is the consumer that has to go at {@link #dueMillis}. */
    boolean endsByTimeout() {
        return timeoutAtMillis <= lockedUntilMillis;
    }

    /** Why nobody else is given the message. */
    Obstacle obstacle() {
        var held = isLocked()
                ? Obstacle.of(WaitingReason.LOCKED, "a consumer has locked it").until(dueMillis())
                : Obstacle.of(WaitingReason.ACQUIRED, "a consumer has it, and has to settle it by then")
                        .until(timeoutAtMillis);
        return held.at(entry.holder);
    }

    /** The consumer is about to send it. */
    void onSending() {
        sending = true;
    }

    /** True when the consumer began to send it, so that its peer may have failed on it. */
    boolean wasSent() {
        return sending;
    }

    /** The queue has taken the message away: nothing comes of what the consumer, who will hear so, does with it. */
    void end() {
        ended = true;
    }

    /** True when the message was taken away from the consumer. Any thread may ask. */
    public boolean isLost() {
        return ended;
    }

    /** Whatever the consumer wants to find when it loses the message; null when it set nothing. */
    public @Nullable Object delivery() {
        return delivery;
    }

    /** See {@link #delivery}. */
    public void remember(Object itsDelivery) {
        delivery = itsDelivery;
    }

    /** The message becomes something else. */
    void onBecame(EntryState before, EntryState now) {
        if (before == EntryState.ACQUIRED) {
            holds.onLetGo(this);
        } else if (now == EntryState.ACQUIRED) {
            holds.onHeldAgain(this);
        }
    }
}
