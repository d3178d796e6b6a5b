package dev.godwit.storage.record;

/**
 * Rebuilds state from records at start-up and on a backup copy. One method for each kind of record; {@code index} is the
 * record's number in its shard.
 *
 * <p>The records of one shard come in the order of their indices. There are gaps: what is not needed any more may be gone,
 * before what made it needless is. So a removal may name a message that was never seen.
 */
public interface JournalReplay {
    void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record);

    void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record);

    void onMessageReturned(long index, JournalRecord.MessageReturned record);

    void onDefinitionStored(long index, JournalRecord.DefinitionStored record);

    void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record);

    void onEpochBegun(long index, JournalRecord.EpochBegun record);
}
