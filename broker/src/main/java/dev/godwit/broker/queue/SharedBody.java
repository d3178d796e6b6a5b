package dev.godwit.broker.queue;

import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.BodyStored;
import dev.godwit.storage.record.JournalRecord.CopyEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import org.jspecify.annotations.Nullable;

/**
 * The encoded message of which several queues of a shard keep a copy. The journal is given it once, when the first of them
 * records its copy, and keeps it as long as there is a copy. Owned by the loop of the shard, from when the message is
 * published until every queue has recorded or refused its copy, which may be long after the others have lost theirs again.
 */
public final class SharedBody {
    private static final long NOT_IN_JOURNAL = 0;

    private @Nullable QueueLog journal;
    private long index = NOT_IN_JOURNAL;

    /**
     * What stands for the message in the journal of its queue.
     *
     * @throws JournalFullException when there is no room for the body
     */
    JournalRecord shareOf(MessageEnqueued message, QueueLog queueJournal) {
        if (!queueJournal.mayShareBodies()) {
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
