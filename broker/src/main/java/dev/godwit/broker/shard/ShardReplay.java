package dev.godwit.broker.shard;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a shard's log says at start: the messages that came to each queue and did not leave. Used on the starting thread,
 * then handed to the shard's loop.
 */
public final class ShardReplay implements JournalReplay {
    private final int shard;
    private final Map<Long, TreeMap<Long, RestoredMessage>> messagesByQueue = new HashMap<>();

    public ShardReplay(int shard) {
        this.shard = shard;
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        messagesByQueue
                .computeIfAbsent(record.queueId(), queueId -> new TreeMap<>())
                .put(index, new RestoredMessage(record));
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        var messages = messagesByQueue.get(record.queueId());
        if (messages == null) {
            return;
        }
        var ranges = record.indexRanges();
        for (int range = 0; range < ranges.count(); range++) {
            messages.subMap(ranges.first(range), true, ranges.last(range), true).clear();
        }
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        var messages = messagesByQueue.get(record.queueId());
        var message = messages == null ? null : messages.get(record.messageIndex());
        if (message != null) {
            message.deliveryCount = record.deliveryCount();
        }
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        throw new IllegalStateException("shard " + shard + " holds the definition of " + record.key() + " at " + index
                + "; definitions belong in shard 0");
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        throw new IllegalStateException("shard " + shard + " holds the removal of " + record.key() + " at " + index
                + "; definitions belong in shard 0");
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // The log itself keeps the epoch.
    }

    /** Hands over the messages of one queue, by index, and forgets them. */
    SortedMap<Long, RestoredMessage> takeMessages(long queueId) {
        var messages = messagesByQueue.remove(queueId);
        return messages == null ? new TreeMap<>() : messages;
    }

    /** The messages of queues that nobody took: their queue was deleted. */
    Iterable<? extends SortedMap<Long, RestoredMessage>> leftovers() {
        return messagesByQueue.values();
    }

    static final class RestoredMessage {
        final JournalRecord.MessageEnqueued record;
        int deliveryCount;

        RestoredMessage(JournalRecord.MessageEnqueued record) {
            this.record = record;
        }
    }
}
