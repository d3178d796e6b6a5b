package dev.godwit.broker.queue;

/**
 * How long messages have waited because others were given out. What nobody was here to take has not waited in this sense:
 * when consumers come after a long time without any, everybody's wait begins anew, so that they find a backlog in order
 * of priority. Owned by the queue's loop; lives as long as the queue.
 */
final class WaitingTime {
    /** Without consumers for less than this, messages go on waiting: consumers may come for one message each. */
    static final long PAUSE_MILLIS_MIN = 60_000;

    private long servedSinceMillis;
    private long pausedSinceMillis = Long.MIN_VALUE;
    private int takers;

    /** Somebody came who takes messages. */
    void onTakerCame(long nowMillis, long maxWaitMillis) {
        if (takers++ > 0) {
            return;
        }
        boolean isFirst = pausedSinceMillis == Long.MIN_VALUE;
        if (isFirst || nowMillis - pausedSinceMillis >= Math.max(PAUSE_MILLIS_MIN, maxWaitMillis)) {
            servedSinceMillis = nowMillis;
        }
    }

    void onTakerLeft(long nowMillis) {
        if (--takers == 0) {
            pausedSinceMillis = nowMillis;
        }
    }

    /** True when it is the message's turn, whatever its priority. */
    boolean isOver(QueueEntry entry, long nowMillis, long maxWaitMillis) {
        // A wall clock may be set back: what seems to come from the future has waited since somebody took.
        servedSinceMillis = Math.min(servedSinceMillis, nowMillis);
        long cameMillis = entry.waitsSinceMillis();
        long since = cameMillis > nowMillis ? servedSinceMillis : Math.max(cameMillis, servedSinceMillis);
        return nowMillis - since >= maxWaitMillis;
    }
}
