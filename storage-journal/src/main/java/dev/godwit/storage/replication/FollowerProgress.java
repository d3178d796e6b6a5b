package dev.godwit.storage.replication;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;

/** How far a follower is, and what is on its way to it, as the leader knows. Owned by its {@link Leadership}. */
final class FollowerProgress {
    /** By what is known of their logs. */
    static final Comparator<FollowerProgress> FURTHEST_FIRST = Comparator.comparing(
                    (FollowerProgress each) -> each.state == FollowerState.STREAMING)
            .thenComparingLong(FollowerProgress::matchIndex)
            .thenComparing(FollowerProgress::isNeeded)
            .reversed();

    private record Batch(long lastIndex, long bytes) {}

    private static final long NOTHING_REJECTED = Long.MAX_VALUE;

    private final ReplicationSettings settings;
    private final Deque<Batch> inFlight = new ArrayDeque<>();
    private FollowerState state = FollowerState.PROBING;
    private boolean probed;
    private long start;
    private long matchIndex;
    private long nextIndex;
    private long answeredRound;
    private boolean repairing;
    private long inFlightBytes;
    private long rejectedIndex = NOTHING_REJECTED;
    private long stalledAtIndex = -1;
    private long loadingIndex;
    private long loadingSinceMillis;
    private boolean needed = true;

    FollowerProgress(ReplicationSettings settings, long nextIndex) {
        this.settings = settings;
        this.nextIndex = nextIndex;
    }

    FollowerState state() {
        return state;
    }

    /** The last start of the follower that it told of; 0 for none. */
    long start() {
        return start;
    }

    /** Up to here its log is the leader's, on its stable storage. */
    long matchIndex() {
        return matchIndex;
    }

    /** The first entry that was not sent to it. */
    long nextIndex() {
        return nextIndex;
    }

    /** The last heartbeat that it answered. */
    long answeredRound() {
        return answeredRound;
    }

    /** Whether it has answered the heartbeat {@code round}, or a later one, and would vote. */
    boolean isSound(long round) {
        return answeredRound >= round && !repairing;
    }

    /** Whether its answers are waited for. */
    boolean isNeeded() {
        return needed;
    }

    /** Whether its answers are waited for, or those of others suffice. */
    void need(boolean isNeeded) {
        needed = isNeeded;
    }

    /**
     * Whether entries may be sent now.
     *
     * @param lastIndex where the log ends
     * @param ticks time passes: nothing waits any longer
     */
    boolean isReady(long lastIndex, boolean ticks) {
        return switch (state) {
            case PROBING -> !probed;
            case STREAMING ->
                inFlight.size() < settings.inFlightBatchesMax()
                        && inFlightBytes < settings.inFlightBytesMax()
                        && (ticks
                                || (needed && inFlight.isEmpty())
                                || lastIndex - nextIndex + 1 >= settings.gatheredEntries()
                                || isLastLarge());
            case LOADING -> false;
        };
    }

    /** What is on its way is long: what follows it is not held back, however few entries that are. */
    private boolean isLastLarge() {
        Batch last = inFlight.peekLast();
        return last != null && last.bytes() >= settings.batchBytesMax() / 2;
    }

    /** It was started since: nothing that it said before is worth anything. */
    void onStarted(long newerStart) {
        start = newerStart;
        matchIndex = 0;
        answeredRound = 0;
        rejectedIndex = NOTHING_REJECTED;
        become(FollowerState.PROBING);
    }

    /** Whether it has said that it has not the entry at {@code index}, or one before. */
    boolean isWithout(long index) {
        return rejectedIndex <= index;
    }

    /** It may have the entry at {@code index}, whatever it knows of its log: that is to be found out. */
    void probe(long index) {
        become(FollowerState.PROBING);
        nextIndex = index + 1;
    }

    void onSent(long lastIndex, long bytes) {
        if (state == FollowerState.PROBING) {
            probed = true;
        } else if (lastIndex >= nextIndex) {
            inFlight.addLast(new Batch(lastIndex, bytes));
            inFlightBytes += bytes;
            nextIndex = lastIndex + 1;
        }
    }

    void onCheckpointSent(long index, long nowMillis) {
        become(FollowerState.LOADING);
        loadingIndex = index;
        loadingSinceMillis = nowMillis;
    }

    /** A checkpoint that is not answered for long is lost. */
    void onTime(long nowMillis) {
        if (state == FollowerState.LOADING && nowMillis - loadingSinceMillis >= settings.checkpointMillis()) {
            become(FollowerState.PROBING);
        }
    }

    /** Its log is the leader's, on stable storage, up to {@code index}. */
    void onMatched(long index) {
        matchIndex = Math.max(matchIndex, index);
        nextIndex = Math.max(nextIndex, matchIndex + 1);
        if (matchIndex >= rejectedIndex) {
            rejectedIndex = NOTHING_REJECTED;
        }
        Batch first = inFlight.peekFirst();
        while (first != null && first.lastIndex() <= matchIndex) {
            inFlight.removeFirst();
            inFlightBytes -= first.bytes();
            first = inFlight.peekFirst();
        }
        if (state == FollowerState.PROBING || (state == FollowerState.LOADING && matchIndex >= loadingIndex)) {
            become(FollowerState.STREAMING);
        }
    }

    /** It has not the entry at {@code previousIndex}, but perhaps that at {@code hint}. */
    void onRejected(long previousIndex, long hint) {
        boolean late = previousIndex <= matchIndex
                || state == FollowerState.LOADING
                || (state == FollowerState.PROBING && previousIndex != nextIndex - 1);
        if (!late) {
            rejectedIndex = Math.min(rejectedIndex, previousIndex);
            become(FollowerState.PROBING);
            nextIndex = Math.max(matchIndex + 1, Math.min(previousIndex, hint + 1));
        }
    }

    /** It lives, and has {@code receivedIndex} of the log. What was sent and is not there the second time was lost. */
    void onHeartbeatAnswered(long round, long receivedIndex, boolean inRepair) {
        answeredRound = Math.max(answeredRound, round);
        repairing = inRepair;
        if (state == FollowerState.PROBING) {
            probed = false;
            nextIndex = Math.max(nextIndex, receivedIndex + 1);
        } else if (state == FollowerState.STREAMING && receivedIndex < nextIndex - 1) {
            if (receivedIndex == stalledAtIndex) {
                become(FollowerState.PROBING);
                nextIndex = Math.max(matchIndex, receivedIndex) + 1;
            } else {
                stalledAtIndex = receivedIndex;
            }
        } else {
            stalledAtIndex = -1;
        }
    }

    private void become(FollowerState next) {
        if (next != state) {
            state = next;
            inFlight.clear();
            inFlightBytes = 0;
        }
        probed = false;
        stalledAtIndex = -1;
    }
}
