package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What one shard's replay delivered, in order. */
public final class RecordedReplay implements JournalReplay {
    private final TreeMap<Long, JournalRecord> records = new TreeMap<>();
    private final List<Long> order = new ArrayList<>();

    /** By index. */
    public Map<Long, JournalRecord> records() {
        return records;
    }

    /** Indices as they came. */
    public List<Long> order() {
        return order;
    }

    private void on(long index, JournalRecord record) {
        order.add(index);
        records.put(index, record);
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        on(index, record);
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        on(index, record);
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        on(index, record);
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        on(index, record);
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        on(index, record);
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        on(index, record);
    }
}
