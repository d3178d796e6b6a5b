package dev.godwit.storage.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The body of one record as bytes: fixed fields, which are laid out here, then the payload, which is only pointed at.
 * So a large body is copied once, piece by piece. Owned by the writer thread, reused for each record.
 */
final class RecordBody implements JournalReplay {
    static final int TRANSACTION_ID_BYTES = 2 * Long.BYTES;

    private static final int FIELDS_BYTES_KEPT = 64 * 1024;
    private static final ByteBuffer NO_PAYLOAD = ByteBuffer.allocate(0);

    private ByteBuffer fields = ByteBuffer.allocate(1024);
    private ByteBuffer payload = NO_PAYLOAD;

    void show(JournalRecord record) {
        if (fields.capacity() > FIELDS_BYTES_KEPT) {
            fields = ByteBuffer.allocate(FIELDS_BYTES_KEPT);
        }
        fields.clear();
        payload = NO_PAYLOAD;
        record.replayTo(this, 0);
        fields.flip();
    }

    /** Lets go of the payload, so that it can be collected. */
    void clear() {
        payload = NO_PAYLOAD;
    }

    int bytes() {
        return fields.limit() + payload.remaining();
    }

    /** How many of the bytes are laid out here; the others are the {@link #payload}. */
    int fieldsBytes() {
        return fields.limit();
    }

    /** What is only pointed at: the record's own bytes, from position to limit. */
    ByteBuffer payload() {
        return payload;
    }

    /** Copies {@code length} bytes of this body, from {@code from} on, to {@code targetOffset}. */
    void copyTo(ByteBuffer target, int targetOffset, int from, int length) {
        int fromFields = Math.max(0, Math.min(length, fields.limit() - from));
        if (fromFields > 0) {
            target.put(targetOffset, fields, from, fromFields);
        }
        int rest = length - fromFields;
        if (rest > 0) {
            int payloadFrom = payload.position() + from + fromFields - fields.limit();
            target.put(targetOffset + fromFields, payload, payloadFrom, rest);
        }
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        fields.putLong(record.queueId())
                .putLong(record.arrivalTimeMillis())
                .putLong(record.expiryTimeMillis())
                .putShort((short) record.attributes());
        putNotBefore(record.notBeforeMillis());
        payload = record.body();
    }

    @Override
    public void onBodyStored(long index, JournalRecord.BodyStored record) {
        fields.putLong(record.arrivalTimeMillis());
        payload = record.body();
    }

    @Override
    public void onCopyEnqueued(long index, JournalRecord.CopyEnqueued record) {
        fields.putLong(record.queueId())
                .putLong(record.bodyIndex())
                .putLong(record.expiryTimeMillis())
                .putShort((short) record.attributes());
        putNotBefore(record.notBeforeMillis());
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        LongRanges ranges = record.indexRanges();
        growTo(Long.BYTES + rangesBytes(ranges));
        fields.putLong(record.queueId());
        putRanges(ranges);
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        fields.putLong(record.queueId()).putLong(record.messageIndex()).putInt(record.deliveryCount());
        putNotBefore(record.notBeforeMillis());
    }

    @Override
    public void onMessageAnnotated(long index, JournalRecord.MessageAnnotated record) {
        fields.putLong(record.queueId()).putLong(record.messageIndex());
        payload = record.annotations();
    }

    @Override
    public void onQueueNoted(long index, JournalRecord.QueueNoted record) {
        fields.putLong(record.queueId());
        payload = record.note();
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        putNames(record.kind(), record.key());
        payload = record.body();
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        putNames(record.kind(), record.key());
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // The record's header says it all.
    }

    @Override
    public void onMessagePart(long index, JournalRecord.MessagePart record) {
        fields.putLong(record.queueId());
        payload = record.body();
    }

    @Override
    public void onLargeMessageEnqueued(long index, JournalRecord.LargeMessageEnqueued record) {
        growTo(5 * Long.BYTES + Short.BYTES + rangesBytes(record.partIndices()));
        fields.putLong(record.queueId())
                .putLong(record.arrivalTimeMillis())
                .putLong(record.expiryTimeMillis())
                .putShort((short) record.attributes());
        putNotBefore(record.notBeforeMillis());
        fields.putLong(record.encodedBytes());
        putRanges(record.partIndices());
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
        growTo(TRANSACTION_ID_BYTES + Integer.BYTES + rangesBytes(record.posted()) + rangesBytes(record.removed()));
        putTransactionId(record.transactionId());
        fields.putInt(record.decidingShard());
        putRanges(record.posted());
        putRanges(record.removed());
    }

    @Override
    public void onTransactionCommitted(long index, JournalRecord.TransactionCommitted record) {
        growTo(TRANSACTION_ID_BYTES
                + Integer.BYTES * (1 + record.participants().size())
                + rangesBytes(record.posted())
                + rangesBytes(record.removed()));
        putTransactionId(record.transactionId());
        fields.putInt(record.participants().size());
        record.participants().forEach(fields::putInt);
        putRanges(record.posted());
        putRanges(record.removed());
    }

    @Override
    public void onTransactionForgotten(long index, JournalRecord.TransactionForgotten record) {
        putTransactionId(record.transactionId());
    }

    @Override
    public void onVotersNamed(long index, JournalRecord.VotersNamed record) {
        payload = record.voters();
    }

    private void putNotBefore(long notBeforeMillis) {
        if (notBeforeMillis != JournalRecord.MessageEnqueued.AT_ONCE) {
            fields.putLong(notBeforeMillis);
        }
    }

    /** A record of a message that waits for no time does not speak of one. */
    static int notBeforeBytes(long notBeforeMillis) {
        return notBeforeMillis == JournalRecord.MessageEnqueued.AT_ONCE ? 0 : Long.BYTES;
    }

    private void putTransactionId(UUID id) {
        fields.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    static int rangesBytes(LongRanges ranges) {
        return Integer.BYTES + 2 * Long.BYTES * ranges.count();
    }

    private void putRanges(LongRanges ranges) {
        fields.putInt(ranges.count());
        for (int range = 0; range < ranges.count(); range++) {
            fields.putLong(ranges.first(range)).putLong(ranges.last(range));
        }
    }

    private void putNames(String kind, String key) {
        byte[] kindBytes = kind.getBytes(UTF_8);
        byte[] keyBytes = key.getBytes(UTF_8);
        growTo(2 * Integer.BYTES + kindBytes.length + keyBytes.length);
        fields.putInt(kindBytes.length).put(kindBytes).putInt(keyBytes.length).put(keyBytes);
    }

    private void growTo(int bytes) {
        if (fields.capacity() < bytes) {
            fields = ByteBuffer.allocate(bytes);
        }
    }
}
