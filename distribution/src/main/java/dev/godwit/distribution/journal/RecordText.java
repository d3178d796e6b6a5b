package dev.godwit.distribution.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.storage.journal.InspectedRecord;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a record says, as names and values. Refilled for each record; owned by one thread. */
final class RecordText implements JournalReplay {
    private final JournalDefinitions definitions;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private @Nullable String queue;

    RecordText(JournalDefinitions definitions) {
        this.definitions = definitions;
    }

    /** Takes in the next record. */
    void show(InspectedRecord record) {
        values.clear();
        queue = null;
        JournalRecord fact = record.fact();
        if (fact != null) {
            fact.replayTo(this, record.index());
        }
    }

    /** The queue that the record belongs to, by name; null when it belongs to none, or none that is known. */
    @Nullable
    String queue() {
        return queue;
    }

    /** One line. */
    String line(InspectedRecord record) {
        var line = new StringBuilder(record.fileName())
                .append(" at ")
                .append(record.offset())
                .append(": shard ")
                .append(record.shard())
                .append(" index ")
                .append(record.index())
                .append(" epoch ")
                .append(record.epoch())
                .append(' ')
                .append(record.type());
        values.forEach(
                (name, value) -> line.append(' ').append(name).append('=').append(value));
        line.append(record.moved() ? " moved" : "").append(record.salvaged() ? " salvaged" : "");
        return line.toString();
    }

    /** One object. */
    void write(InspectedRecord record, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("file", record.fileName());
        json.writeNumberField("offset", record.offset());
        json.writeNumberField("bytes", record.bytes());
        json.writeNumberField("shard", record.shard());
        json.writeNumberField("index", record.index());
        json.writeNumberField("epoch", record.epoch());
        json.writeStringField("type", record.type());
        json.writeBooleanField("moved", record.moved());
        json.writeBooleanField("salvaged", record.salvaged());
        for (Map.Entry<String, Object> value : values.entrySet()) {
            if (value.getValue() instanceof Number number) {
                json.writeNumberField(value.getKey(), number.longValue());
            } else {
                json.writeStringField(value.getKey(), value.getValue().toString());
            }
        }
        json.writeEndObject();
    }

    private void putQueue(long queueId) {
        QueueDefinition definition = definitions.find(queueId);
        if (definition != null) {
            queue = definition.name();
            values.put("queue", definition.name());
        }
        values.put("queueId", queueId);
    }

    private void putTimes(long arrivalTimeMillis, long expiryTimeMillis, int attributes) {
        values.put("arrival", Instant.ofEpochMilli(arrivalTimeMillis));
        putExpiry(expiryTimeMillis);
        values.put("attributes", attributes);
    }

    private void putExpiry(long expiryTimeMillis) {
        if (expiryTimeMillis != JournalRecord.MessageEnqueued.NO_EXPIRY) {
            values.put("expiry", Instant.ofEpochMilli(expiryTimeMillis));
        }
    }

    private void putNotBefore(long notBeforeMillis) {
        if (notBeforeMillis != JournalRecord.MessageEnqueued.AT_ONCE) {
            values.put("notBefore", Instant.ofEpochMilli(notBeforeMillis));
        }
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        putQueue(record.queueId());
        putTimes(record.arrivalTimeMillis(), record.expiryTimeMillis(), record.attributes());
        putNotBefore(record.notBeforeMillis());
        values.put("bodyBytes", record.body().remaining());
    }

    @Override
    public void onBodyStored(long index, JournalRecord.BodyStored record) {
        values.put("arrival", Instant.ofEpochMilli(record.arrivalTimeMillis()));
        values.put("bodyBytes", record.body().remaining());
    }

    @Override
    public void onCopyEnqueued(long index, JournalRecord.CopyEnqueued record) {
        putQueue(record.queueId());
        putExpiry(record.expiryTimeMillis());
        values.put("attributes", record.attributes());
        putNotBefore(record.notBeforeMillis());
        values.put("body", record.bodyIndex());
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        putQueue(record.queueId());
        values.put("messages", record.indexRanges());
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        putQueue(record.queueId());
        values.put("message", record.messageIndex());
        values.put("deliveryCount", record.deliveryCount());
        putNotBefore(record.notBeforeMillis());
    }

    @Override
    public void onMessageAnnotated(long index, JournalRecord.MessageAnnotated record) {
        putQueue(record.queueId());
        values.put("message", record.messageIndex());
        values.put("annotationBytes", record.annotations().remaining());
    }

    @Override
    public void onQueueNoted(long index, JournalRecord.QueueNoted record) {
        putQueue(record.queueId());
        values.put("noteBytes", record.note().remaining());
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        values.put("kind", record.kind());
        values.put("key", record.key());
        values.put("bodyBytes", record.body().remaining());
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        values.put("kind", record.kind());
        values.put("key", record.key());
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // The epoch is shown with every record.
    }

    @Override
    public void onMessagePart(long index, JournalRecord.MessagePart record) {
        putQueue(record.queueId());
        values.put("bodyBytes", record.body().remaining());
    }

    @Override
    public void onLargeMessageEnqueued(long index, JournalRecord.LargeMessageEnqueued record) {
        putQueue(record.queueId());
        putTimes(record.arrivalTimeMillis(), record.expiryTimeMillis(), record.attributes());
        putNotBefore(record.notBeforeMillis());
        values.put("encodedBytes", record.encodedBytes());
        values.put("parts", record.partIndices());
    }

    @Override
    public void onMessagePosted(long index, JournalRecord.MessagePosted record) {
        onMessageEnqueued(index, record.message());
    }

    @Override
    public void onLargeMessagePosted(long index, JournalRecord.LargeMessagePosted record) {
        onLargeMessageEnqueued(index, record.message());
    }

    @Override
    public void onTransactionPrepared(long index, JournalRecord.TransactionPrepared record) {
        values.put("transaction", record.transactionId());
        values.put("decidingShard", record.decidingShard());
        putChanges(record.posted(), record.removed());
    }

    @Override
    public void onTransactionCommitted(long index, JournalRecord.TransactionCommitted record) {
        values.put("transaction", record.transactionId());
        if (!record.participants().isEmpty()) {
            values.put("participants", record.participants());
        }
        putChanges(record.posted(), record.removed());
    }

    private void putChanges(LongRanges posted, LongRanges removed) {
        if (!posted.isEmpty()) {
            values.put("posted", posted);
        }
        if (!removed.isEmpty()) {
            values.put("removed", removed);
        }
    }

    @Override
    public void onTransactionForgotten(long index, JournalRecord.TransactionForgotten record) {
        values.put("transaction", record.transactionId());
    }

    @Override
    public void onVotersNamed(long index, JournalRecord.VotersNamed record) {
        values.put("votersBytes", record.voters().remaining());
    }
}
