package dev.godwit.storage.record;

/**
 * One method for each kind of record, so that whoever forgets one does not compile; {@code index} is the record's number
 * in its shard.
 */
public interface JournalReplay {
    void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record);

    void onBodyStored(long index, JournalRecord.BodyStored record);

    void onCopyEnqueued(long index, JournalRecord.CopyEnqueued record);

    void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record);

    void onMessageReturned(long index, JournalRecord.MessageReturned record);

    void onMessageAnnotated(long index, JournalRecord.MessageAnnotated record);

    void onQueueNoted(long index, JournalRecord.QueueNoted record);

    void onDefinitionStored(long index, JournalRecord.DefinitionStored record);

    void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record);

    void onEpochBegun(long index, JournalRecord.EpochBegun record);

    void onMessagePart(long index, JournalRecord.MessagePart record);

    void onLargeMessageEnqueued(long index, JournalRecord.LargeMessageEnqueued record);

    void onMessagePosted(long index, JournalRecord.MessagePosted record);

    void onLargeMessagePosted(long index, JournalRecord.LargeMessagePosted record);

    void onTransactionPrepared(long index, JournalRecord.TransactionPrepared record);

    void onTransactionCommitted(long index, JournalRecord.TransactionCommitted record);

    void onTransactionForgotten(long index, JournalRecord.TransactionForgotten record);

    void onVotersNamed(long index, JournalRecord.VotersNamed record);
}
