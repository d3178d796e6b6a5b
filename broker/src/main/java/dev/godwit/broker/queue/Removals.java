package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The messages that left during a turn of the loop, written as one record at its end. It forces no sync of its own unless
 * somebody waits for it. Owned by the queue's loop.
 */
final class Removals {
    private static final int ROOM_MIN = 4;

    private final long queueId;
    private final QueueLog log;
    private final EventLoop owner;
    private long[] indices = new long[ROOM_MIN];
    private int count;
    private List<Runnable> waiting = new ArrayList<>();
    private boolean retryScheduled;
    private Precondition precondition = () -> true;

    /** What has to be in the journal before anything may leave. */
    interface Precondition {
        /**
         * Sees to it.
         *
         * @return false when it cannot be said yet what that is; then it is tried again at the end of another turn
         * @throws JournalFullException when the journal does not take it for now
         */
        boolean isMet();
    }

    Removals(long queueId, QueueLog log, EventLoop owner) {
        this.queueId = queueId;
        this.log = log;
        this.owner = owner;
    }

    /** From now on nothing leaves before this is met. */
    void require(Precondition newPrecondition) {
        precondition = newPrecondition;
    }

    void add(long index) {
        if (count == indices.length) {
            indices = Arrays.copyOf(indices, 2 * count);
        }
        indices[count++] = index;
    }

    /** Messages that were not written yet, because the turn has not ended or the journal is full. */
    int pending() {
        return count;
    }

    /** Runs {@code whenSafe} once all that was added before is on stable storage. */
    void whenSafe(Runnable whenSafe) {
        waiting.add(whenSafe);
    }

    /** Writes what has gathered. A full journal takes it a little later: leaving makes room, so it may not be refused. */
    void flush() {
        if (count == 0 && waiting.isEmpty()) {
            return;
        }
        if (count == 0) {
            var answered = waiting;
            waiting = new ArrayList<>();
            answered.forEach(Runnable::run);
            return;
        }
        if (!isPreconditionMet()) {
            return;
        }
        var ranges = LongRanges.covering(indices, count);
        var parked = new Parked() {
            private final List<Runnable> whenSafe = waiting;

            @Override
            public void onCommitted() {
                whenSafe.forEach(Runnable::run);
            }

            @Override
            public void onLost() {}
        };
        var record = new MessagesRemoved(queueId, ranges);
        try {
            if (waiting.isEmpty()) {
                log.appendLazily(record, parked);
            } else {
                log.append(record, parked);
            }
        } catch (JournalFullException full) {
            retryLater();
            return;
        }
        count = 0;
        waiting = new ArrayList<>();
    }

    private boolean isPreconditionMet() {
        try {
            return precondition.isMet();
        } catch (JournalFullException full) {
            retryLater();
            return false;
        }
    }

    private void retryLater() {
        if (!retryScheduled) {
            retryScheduled = true;
            owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, () -> {
                retryScheduled = false;
                flush();
            });
        }
    }
}
