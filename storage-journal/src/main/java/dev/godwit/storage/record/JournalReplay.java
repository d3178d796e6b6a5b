package dev.godwit.storage.record;

/**
 * Rebuilds state from records at start-up and on a backup copy. One method for each kind of record; {@code index} is the
 * record's number in its shard.
 *
 * <p>Records of one shard come in the order of the files. That is index order, save for a record that was moved to a
 * newer segment so that its old one could be recycled: it comes later, under its old index, and only as long as it is
 * still needed.
 */
public interface JournalReplay {
    void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record);

    void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record);

    void onMessageReturned(long index, JournalRecord.MessageReturned record);

    void onDefinitionStored(long index, JournalRecord.DefinitionStored record);

    void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record);

    void onEpochBegun(long index, JournalRecord.EpochBegun record);
}
