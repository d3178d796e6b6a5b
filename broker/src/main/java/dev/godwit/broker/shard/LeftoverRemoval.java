package dev.godwit.broker.shard;

import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.queue.StoredMessages;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import org.jspecify.annotations.Nullable;

/**
 * Removes the messages of a queue that was deleted while they were being removed, or just before the broker stopped: in
 * slices, between other work of the loop. Owned by the shard's loop; ends when none are left.
 */
final class LeftoverRemoval {
    private static final int SLICE_MAX = 10_000;
    private static final long JOURNAL_FULL_RETRY_MILLIS = 5;

    private final long queueId;
    private final StoredMessages messages;
    private final QueueLog journal;
    private final EventLoop owner;
    private final long[] indices = new long[SLICE_MAX];
    private @Nullable MessagesRemoved slice;

    LeftoverRemoval(long queueId, StoredMessages messages, QueueLog journal, EventLoop owner) {
        this.queueId = queueId;
        this.messages = messages;
        this.journal = journal;
        this.owner = owner;
    }

    /** Removes one slice, and comes again for the next. */
    void goOn() {
        if (slice == null) {
            int count = messages.takeIndices(indices);
            if (count == 0) {
                return;
            }
            slice = new MessagesRemoved(queueId, LongRanges.covering(indices, count));
        }
        try {
            journal.appendLazily(slice, Parked.NOTHING);
        } catch (JournalFullException full) {
            owner.schedule(JOURNAL_FULL_RETRY_MILLIS, this::goOn);
            return;
        }
        slice = null;
        owner.execute(this::goOn);
    }
}
