package dev.godwit.broker.queue;

import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.BodyStored;
import dev.godwit.storage.record.JournalRecord.CopyEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import org.jspecify.annotations.Nullable;

/**
 * The encoded message of which several queues of one shard keep a copy. The journal is given it once, when the first of them
 * records its copy, and keeps it as long as there is a copy. Owned by the loop of the shard, from when the message is
 * published until every queue has recorded or refused its copy, which may be long after the others have lost theirs again.
 * Queues of other shards, to which a subscription of a pattern may belong, have nothing of it: they record the message whole.
 */
public final class SharedBody {
    private static final long NOT_IN_JOURNAL = 0;

    private final int shard;
    private @Nullable QueueLog journal;
    private long index = NOT_IN_JOURNAL;

    /** @param shard of the queues that share it */
    public SharedBody(int shard) {
        this.shard = shard;
    }

    /**
     * What stands for the message in the journal of its queue. Any loop may ask for a queue of another shard.
     *
     * @throws JournalFullException when there is no room for the body
     */
    JournalRecord shareOf(MessageEnqueued message, QueueLog queueJournal) {
        if (queueJournal.shard() != shard || !queueJournal.mayShareBodies()) {
            return message;
        }
        if (index == NOT_IN_JOURNAL) {
            index = queueJournal.appendBody(new BodyStored(message.arrivalTimeMillis(), message.body()));
            journal = queueJournal;
        }
        return new CopyEnqueued(
                message.queueId(), message.expiryTimeMillis(), message.attributes(), message.notBeforeMillis(), index);
    }

    /** No queue has to record its copy any more. */
    public void end() {
        QueueLog known = journal;
        if (known != null) {
            journal = null;
            known.releaseBody(index);
        }
    }
}
