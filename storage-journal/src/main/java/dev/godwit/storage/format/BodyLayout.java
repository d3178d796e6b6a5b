package dev.godwit.storage.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The body of a record as bytes: fixed fields, then the payload, which the record carries for others. Where they go, those
 * say who extend this.
 */
abstract class BodyLayout implements JournalReplay {
    static final int TRANSACTION_ID_BYTES = 2 * Long.BYTES;

    /** A buffer at whose position so many bytes of fields are put next. */
    abstract ByteBuffer fields(int bytes);

    /** What follows the fields: the record's own bytes, from position to limit, which stay where they are. */
    abstract void payload(ByteBuffer bytes);

    @Override
    public final void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        ByteBuffer to = fields(3 * Long.BYTES + Short.BYTES + notBeforeBytes(record.notBeforeMillis()));
        putMessage(
                to,
                record.queueId(),
                record.arrivalTimeMillis(),
                record.expiryTimeMillis(),
                record.attributes(),
                record.notBeforeMillis());
        payload(record.body());
    }

    @Override
    public final void onBodyStored(long index, JournalRecord.BodyStored record) {
        fields(Long.BYTES).putLong(record.arrivalTimeMillis());
        payload(record.body());
    }

    @Override
    public final void onCopyEnqueued(long index, JournalRecord.CopyEnqueued record) {
        ByteBuffer to = fields(3 * Long.BYTES + Short.BYTES + notBeforeBytes(record.notBeforeMillis()));
        putMessage(
                to,
                record.queueId(),
                record.bodyIndex(),
                record.expiryTimeMillis(),
                record.attributes(),
                record.notBeforeMillis());
    }

    @Override
    public final void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        LongRanges ranges = record.indexRanges();
        ByteBuffer to = fields(Long.BYTES + rangesBytes(ranges));
        to.putLong(record.queueId());
        putRanges(to, ranges);
    }

    @Override
    public final void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        ByteBuffer to = fields(2 * Long.BYTES + Integer.BYTES + notBeforeBytes(record.notBeforeMillis()));
        to.putLong(record.queueId()).putLong(record.messageIndex()).putInt(record.deliveryCount());
        putNotBefore(to, record.notBeforeMillis());
    }

    @Override
    public final void onMessageAnnotated(long index, JournalRecord.MessageAnnotated record) {
        fields(2 * Long.BYTES).putLong(record.queueId()).putLong(record.messageIndex());
        payload(record.annotations());
    }

    @Override
    public final void onQueueNoted(long index, JournalRecord.QueueNoted record) {
        fields(Long.BYTES).putLong(record.queueId());
        payload(record.note());
    }

    @Override
    public final void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        putNames(record.kind(), record.key());
        payload(record.body());
    }

    @Override
    public final void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        putNames(record.kind(), record.key());
    }

    @Override
    public final void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // The record's header says it all.
    }

    @Override
    public final void onMessagePart(long index, JournalRecord.MessagePart record) {
        fields(Long.BYTES).putLong(record.queueId());
        payload(record.body());
    }

    @Override
    public final void onLargeMessageEnqueued(long index, JournalRecord.LargeMessageEnqueued record) {
        ByteBuffer to = fields(4 * Long.BYTES
                + Short.BYTES
                + notBeforeBytes(record.notBeforeMillis())
                + rangesBytes(record.partIndices()));
        putMessage(
                to,
                record.queueId(),
                record.arrivalTimeMillis(),
                record.expiryTimeMillis(),
                record.attributes(),
                record.notBeforeMillis());
        to.putLong(record.encodedBytes());
        putRanges(to, record.partIndices());
    }

    @Override
    public final void onMessagePosted(long index, JournalRecord.MessagePosted record) {
        onMessageEnqueued(index, record.message());
    }

    @Override
    public final void onLargeMessagePosted(long index, JournalRecord.LargeMessagePosted record) {
        onLargeMessageEnqueued(index, record.message());
    }

    @Override
    public final void onTransactionPrepared(long index, JournalRecord.TransactionPrepared record) {
        ByteBuffer to = fields(
                TRANSACTION_ID_BYTES + Integer.BYTES + rangesBytes(record.posted()) + rangesBytes(record.removed()));
        putTransactionId(to, record.transactionId());
        to.putInt(record.decidingShard());
        putRanges(to, record.posted());
        putRanges(to, record.removed());
    }

    @Override
    public final void onTransactionCommitted(long index, JournalRecord.TransactionCommitted record) {
        ByteBuffer to = fields(TRANSACTION_ID_BYTES
                + Integer.BYTES * (1 + record.participants().size())
                + rangesBytes(record.posted())
                + rangesBytes(record.removed()));
        putTransactionId(to, record.transactionId());
        to.putInt(record.participants().size());
        record.participants().forEach(to::putInt);
        putRanges(to, record.posted());
        putRanges(to, record.removed());
    }

    @Override
    public final void onTransactionForgotten(long index, JournalRecord.TransactionForgotten record) {
        putTransactionId(fields(TRANSACTION_ID_BYTES), record.transactionId());
    }

    @Override
    public final void onVotersNamed(long index, JournalRecord.VotersNamed record) {
        payload(record.voters());
    }

    /** A record of a message that waits for no time does not speak of one. */
    static int notBeforeBytes(long notBeforeMillis) {
        return notBeforeMillis == JournalRecord.MessageEnqueued.AT_ONCE ? 0 : Long.BYTES;
    }

    static int rangesBytes(LongRanges ranges) {
        return Integer.BYTES + 2 * Long.BYTES * ranges.count();
    }

    /** @param arrivalOrBody when it came, or the record that has its body, and says when */
    private static void putMessage(
            ByteBuffer to,
            long queueId,
            long arrivalOrBody,
            long expiryTimeMillis,
            int attributes,
            long notBeforeMillis) {
        to.putLong(queueId).putLong(arrivalOrBody).putLong(expiryTimeMillis).putShort((short) attributes);
        putNotBefore(to, notBeforeMillis);
    }

    private static void putNotBefore(ByteBuffer to, long notBeforeMillis) {
        if (notBeforeMillis != JournalRecord.MessageEnqueued.AT_ONCE) {
            to.putLong(notBeforeMillis);
        }
    }

    private static void putTransactionId(ByteBuffer to, UUID id) {
        to.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static void putRanges(ByteBuffer to, LongRanges ranges) {
        to.putInt(ranges.count());
        for (int range = 0; range < ranges.count(); range++) {
            to.putLong(ranges.first(range)).putLong(ranges.last(range));
        }
    }

    private void putNames(String kind, String key) {
        byte[] kindBytes = kind.getBytes(UTF_8);
        byte[] keyBytes = key.getBytes(UTF_8);
        ByteBuffer to = fields(2 * Integer.BYTES + kindBytes.length + keyBytes.length);
        to.putInt(kindBytes.length).put(kindBytes).putInt(keyBytes.length).put(keyBytes);
    }
}
