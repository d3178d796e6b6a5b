package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;

/** What became of a {@link ShardLog#read}: one call for each index, in the order asked, then the end. */
public interface ReadListener {
    void onMessage(long index, JournalRecord.MessageEnqueued record);

    void onPart(long index, JournalRecord.MessagePart record);

    /**
     * There is nothing to be had under this index.
     *
     * @param problem for the log: which bytes of which file are damaged, or that there is no such record any more
     */
    void onUnreadable(long index, String problem);

    /** Nothing more comes of this read. */
    void onEnd();
}
