package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import dev.godwit.storage.record.LongRanges;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** What a shard's records amount to: what a broker would know after a replay. */
final class ShardState implements JournalReplay {
    private record Live(
            JournalRecord.MessageEnqueued message,
            int deliveryCount,
            @Nullable ByteBuffer annotations,
            long notBeforeMillis) {}

    /** Of each message as it came; what is in {@link Live} may be later. */
    private final Map<Long, Long> firstNotBefores = new TreeMap<>();

    private final Map<Long, Live> messages = new TreeMap<>();
    private final Map<Long, JournalRecord.MessagePart> parts = new TreeMap<>();
    private final Map<String, JournalRecord.DefinitionStored> definitions = new TreeMap<>();

    private final Map<Long, JournalRecord.BodyStored> bodies = new TreeMap<>();
    private final Map<Long, JournalRecord.QueueNoted> notes = new TreeMap<>();

    private final Map<Long, Live> posted = new TreeMap<>();
    private final Map<UUID, JournalRecord.TransactionPrepared> prepared = new TreeMap<>();
    private final Set<UUID> decided = new TreeSet<>();

    /** What a log said when it was opened again. */
    static ShardState of(RecordedReplay replay) {
        var state = new ShardState();
        replay.records().forEach((index, record) -> record.replayTo(state, index));
        replay.deliveryCounts()
                .forEach((index, count) -> state.messages.computeIfPresent(
                        index,
                        (of, live) -> new Live(live.message(), count, live.annotations(), live.notBeforeMillis())));
        replay.notBefores()
                .forEach((index, time) -> state.messages.computeIfPresent(
                        index, (of, live) -> new Live(live.message(), live.deliveryCount(), live.annotations(), time)));
        replay.annotations().forEach(record -> record.replayTo(state, 0));
        state.prepared.putAll(replay.prepared());
        state.decided.addAll(replay.decided());
        return state;
    }

    Set<UUID> decided() {
        return decided;
    }

    Map<UUID, JournalRecord.TransactionPrepared> prepared() {
        return prepared;
    }

    /** At a start, what was prepared here is as the deciding shard says. */
    void resolve(Set<UUID> decidedAnywhere) {
        prepared.forEach((id, record) -> {
            if (decidedAnywhere.contains(id)) {
                change(record.posted(), record.removed());
            }
        });
        var hanging = new TreeMap<Long, Live>();
        prepared.values()
                .forEach(record -> forEach(record.posted(), index -> {
                    Live live = posted.get(index);
                    if (live != null) {
                        hanging.put(index, live);
                    }
                }));
        posted.clear();
        posted.putAll(hanging);
    }

    private void change(LongRanges becomingMessages, LongRanges removed) {
        forEach(becomingMessages, index -> {
            Live live = posted.remove(index);
            if (live != null) {
                messages.put(index, live);
            }
        });
        forEach(removed, messages::remove);
        forEach(removed, notes::remove);
    }

    private static void forEach(LongRanges ranges, LongConsumer consumer) {
        for (int range = 0; range < ranges.count(); range++) {
            for (long index = ranges.first(range); index <= ranges.last(range); index++) {
                consumer.accept(index);
            }
        }
    }

    @Override
    public void onMessagePosted(long index, JournalRecord.MessagePosted record) {
        posted.put(index, arrived(index, record.message()));
    }

    @Override
    public void onLargeMessagePosted(long index, JournalRecord.LargeMessagePosted record) {
        posted.put(index, arrived(index, join(record.message())));
    }

    @Override
    public void onTransactionPrepared(long index, JournalRecord.TransactionPrepared record) {
        prepared.put(record.transactionId(), record);
    }

    @Override
    public void onTransactionCommitted(long index, JournalRecord.TransactionCommitted record) {
        change(record.posted(), record.removed());
        prepared.remove(record.transactionId());
        if (!record.participants().isEmpty()) {
            decided.add(record.transactionId());
        }
    }

    @Override
    public void onTransactionForgotten(long index, JournalRecord.TransactionForgotten record) {
        var rolledBack = prepared.remove(record.transactionId());
        if (rolledBack != null) {
            forEach(rolledBack.posted(), posted::remove);
        }
        decided.remove(record.transactionId());
    }

    Map<Long, ?> messages() {
        return messages;
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        messages.put(index, arrived(index, record));
    }

    @Override
    public void onBodyStored(long index, JournalRecord.BodyStored record) {
        bodies.put(index, record);
    }

    @Override
    public void onCopyEnqueued(long index, JournalRecord.CopyEnqueued record) {
        onMessageEnqueued(index, record.with(Objects.requireNonNull(bodies.get(record.bodyIndex()))));
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        for (int range = 0; range < record.indexRanges().count(); range++) {
            for (long i = record.indexRanges().first(range);
                    i <= record.indexRanges().last(range);
                    i++) {
                messages.remove(i);
                posted.remove(i);
                notes.remove(i);
            }
        }
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        messages.computeIfPresent(
                record.messageIndex(),
                (of, live) -> new Live(
                        live.message(),
                        record.deliveryCount(),
                        live.annotations(),
                        Math.max(firstNotBefores.getOrDefault(of, 0L), record.notBeforeMillis())));
    }

    @Override
    public void onMessageAnnotated(long index, JournalRecord.MessageAnnotated record) {
        messages.computeIfPresent(
                record.messageIndex(),
                (of, live) ->
                        new Live(live.message(), live.deliveryCount(), record.annotations(), live.notBeforeMillis()));
    }

    @Override
    public void onQueueNoted(long index, JournalRecord.QueueNoted record) {
        notes.put(index, record);
    }

    Map<Long, JournalRecord.QueueNoted> notes() {
        return notes;
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        definitions.put(record.kind() + "/" + record.key(), record);
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        definitions.remove(record.kind() + "/" + record.key());
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // Changes nothing here.
    }

    @Override
    public void onVotersNamed(long index, JournalRecord.VotersNamed record) {
        // Nor does this.
    }

    @Override
    public void onMessagePart(long index, JournalRecord.MessagePart record) {
        parts.put(index, record);
    }

    @Override
    public void onLargeMessageEnqueued(long index, JournalRecord.LargeMessageEnqueued record) {
        messages.put(index, arrived(index, join(record)));
    }

    private Live arrived(long index, JournalRecord.MessageEnqueued record) {
        firstNotBefores.put(index, record.notBeforeMillis());
        var message = new JournalRecord.MessageEnqueued(
                record.queueId(),
                record.arrivalTimeMillis(),
                record.expiryTimeMillis(),
                record.attributes(),
                record.body());
        return new Live(message, 0, null, record.notBeforeMillis());
    }

    private JournalRecord.MessageEnqueued join(JournalRecord.LargeMessageEnqueued record) {
        var joined = new ByteArrayOutputStream();
        for (int range = 0; range < record.partIndices().count(); range++) {
            for (long part = record.partIndices().first(range);
                    part <= record.partIndices().last(range);
                    part++) {
                JournalRecord.MessagePart found = parts.get(part);
                if (found != null) {
                    var bytes = new byte[found.body().remaining()];
                    found.body().duplicate().get(bytes);
                    joined.writeBytes(bytes);
                }
            }
        }
        return new JournalRecord.MessageEnqueued(
                record.queueId(),
                0,
                record.expiryTimeMillis(),
                record.attributes(),
                record.notBeforeMillis(),
                ByteBuffer.wrap(joined.toByteArray()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShardState that
                && messages.equals(that.messages)
                && definitions.equals(that.definitions)
                && notes.equals(that.notes)
                && prepared.equals(that.prepared)
                && decided.equals(that.decided);
    }

    @Override
    public int hashCode() {
        return messages.hashCode() * 31 + definitions.hashCode();
    }

    @Override
    public String toString() {
        return "messages " + messages.keySet() + ", definitions " + definitions.keySet() + ", notes " + notes.keySet()
                + ", prepared " + prepared.keySet() + ", decided " + decided;
    }
}
