package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import dev.godwit.storage.record.LongRanges;
import java.util.HashMap;
import java.util.Map;

/**
 * Which records the next start still needs, and in which segment each of them lies. It learns that from the records
 * themselves, in the order in which they are written: a message lives until a removal names it, a definition until a
 * newer one of its key replaces it, a delivery count until its message goes or a newer count comes. The other kinds say
 * something about older records only; they may go when their segment is the oldest, for then those are gone too.
 *
 * <p>Recovery reads the same records through the same code. Owned by the writer thread, before that by the thread that
 * opens the journal.
 */
final class LiveRecords implements JournalReplay {
    private record Definition(String kind, String key) {}

    private static final class Shard {
        final RecordLocations locations = new RecordLocations();
        final Map<Definition, Long> definitions = new HashMap<>();

        /** Message index → index of the record that holds its latest delivery count. */
        final Map<Long, Long> returned = new HashMap<>();
    }

    private final SegmentLine segments;
    private final Map<Integer, Shard> shards = new HashMap<>();
    private int lastShard = -1;
    private Shard shard = new Shard();

    private long location;
    private boolean recovering = true;

    LiveRecords(SegmentLine segments) {
        this.segments = segments;
    }

    /** A record has been written to a segment, for the first time. */
    void add(int shardNumber, long index, JournalRecord record, long generation, long bytes) {
        enter(shardNumber);
        location = RecordLocations.location(generation, bytes);
        record.replayTo(this, index);
    }

    /** Recovery has found a copy of an older record in a newer segment. */
    void addMoved(int shardNumber, long index, JournalRecord record, long generation, long bytes) {
        enter(shardNumber);
        if (shard.locations.get(index) != RecordLocations.NONE) {
            relocate(shardNumber, index, generation);
            return;
        }
        location = RecordLocations.location(generation, bytes);
        record.replayTo(this, index);
    }

    boolean isLive(int shardNumber, long index) {
        enter(shardNumber);
        return shard.locations.get(index) != RecordLocations.NONE;
    }

    boolean isLiveIn(int shardNumber, long index, long generation) {
        enter(shardNumber);
        long at = shard.locations.get(index);
        return at != RecordLocations.NONE && RecordLocations.generation(at) == generation;
    }

    /** The live record now lies in a newer segment. */
    void relocate(int shardNumber, long index, long generation) {
        enter(shardNumber);
        long from = shard.locations.get(index);
        long bytes = RecordLocations.bytes(from);
        segments.removeLive(RecordLocations.generation(from), bytes);
        segments.addLive(generation, bytes);
        shard.locations.put(index, RecordLocations.location(generation, bytes));
    }

    /** The record is not needed any more, for a reason that storage cannot see. */
    void release(int shardNumber, long index) {
        enter(shardNumber);
        if (kill(index)) {
            shard.definitions.values().remove(index);
            shard.returned.values().remove(index);
            forgetReturnOf(index);
        }
    }

    /** Recovery has read everything: delivery counts of messages that are gone keep nothing alive. */
    void endRecovery() {
        recovering = false;
        for (Map.Entry<Integer, Shard> each : shards.entrySet()) {
            enter(each.getKey());
            shard.returned.entrySet().removeIf(entry -> {
                boolean orphan = shard.locations.get(entry.getKey()) == RecordLocations.NONE;
                if (orphan) {
                    kill(entry.getValue());
                }
                return orphan;
            });
        }
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        born(index);
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        LongRanges ranges = record.indexRanges();
        for (int range = 0; range < ranges.count(); range++) {
            if (ranges.first(range) == ranges.last(range)) {
                kill(ranges.first(range));
                forgetReturnOf(ranges.first(range));
            } else {
                shard.locations.removeRange(ranges.first(range), ranges.last(range), this::onRemoved);
                forgetReturnsWithin(ranges.first(range), ranges.last(range));
            }
        }
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        if (!recovering && shard.locations.get(record.messageIndex()) == RecordLocations.NONE) {
            return;
        }
        Long known = shard.returned.get(record.messageIndex());
        if (known != null && known > index) {
            return;
        }
        if (known != null) {
            kill(known);
        }
        shard.returned.put(record.messageIndex(), index);
        born(index);
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        var definition = new Definition(record.kind(), record.key());
        Long known = shard.definitions.get(definition);
        if (known != null && known > index) {
            return;
        }
        if (known != null) {
            kill(known);
        }
        shard.definitions.put(definition, index);
        born(index);
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        Long known = shard.definitions.remove(new Definition(record.kind(), record.key()));
        if (known != null) {
            kill(known);
        }
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // Each segment begins with how far every shard has come, so this one may go with its segment.
    }

    private void born(long index) {
        shard.locations.put(index, location);
        segments.addLive(RecordLocations.generation(location), RecordLocations.bytes(location));
    }

    private boolean kill(long index) {
        long at = shard.locations.remove(index);
        if (at == RecordLocations.NONE) {
            return false;
        }
        onRemoved(index, at);
        return true;
    }

    private void onRemoved(long index, long at) {
        segments.removeLive(RecordLocations.generation(at), RecordLocations.bytes(at));
    }

    private void forgetReturnOf(long messageIndex) {
        if (!shard.returned.isEmpty()) {
            Long count = shard.returned.remove(messageIndex);
            if (count != null) {
                kill(count);
            }
        }
    }

    private void forgetReturnsWithin(long first, long last) {
        if (shard.returned.isEmpty()) {
            return;
        }
        shard.returned.entrySet().removeIf(entry -> {
            boolean within = entry.getKey() >= first && entry.getKey() <= last;
            if (within) {
                kill(entry.getValue());
            }
            return within;
        });
    }

    private void enter(int shardNumber) {
        if (shardNumber != lastShard) {
            shard = shards.computeIfAbsent(shardNumber, number -> new Shard());
            lastShard = shardNumber;
        }
    }
}
