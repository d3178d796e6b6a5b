package dev.godwit.storage.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;

/** How many bytes a record takes on disk, leaving aside what cutting a large one adds. Owned by one thread. */
public final class RecordSize implements JournalReplay {
    private long bytes;

    public long of(JournalRecord record) {
        bytes = RecordView.HEADER_BYTES;
        record.replayTo(this, 0);
        return bytes;
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        bytes += 3 * Long.BYTES
                + Short.BYTES
                + BodyLayout.notBeforeBytes(record.notBeforeMillis())
                + record.body().remaining();
    }

    @Override
    public void onBodyStored(long index, JournalRecord.BodyStored record) {
        bytes += Long.BYTES + record.body().remaining();
    }

    @Override
    public void onCopyEnqueued(long index, JournalRecord.CopyEnqueued record) {
        bytes += 3 * Long.BYTES + Short.BYTES + BodyLayout.notBeforeBytes(record.notBeforeMillis());
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        bytes += Long.BYTES + BodyLayout.rangesBytes(record.indexRanges());
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        bytes += 2 * Long.BYTES + Integer.BYTES + BodyLayout.notBeforeBytes(record.notBeforeMillis());
    }

    @Override
    public void onMessageAnnotated(long index, JournalRecord.MessageAnnotated record) {
        bytes += 2 * Long.BYTES + record.annotations().remaining();
    }

    @Override
    public void onQueueNoted(long index, JournalRecord.QueueNoted record) {
        bytes += Long.BYTES + record.note().remaining();
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        bytes += namesBytes(record.kind(), record.key()) + record.body().remaining();
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        bytes += namesBytes(record.kind(), record.key());
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // Has no body.
    }

    @Override
    public void onMessagePart(long index, JournalRecord.MessagePart record) {
        bytes += Long.BYTES + record.body().remaining();
    }

    @Override
    public void onLargeMessageEnqueued(long index, JournalRecord.LargeMessageEnqueued record) {
        bytes += 4 * Long.BYTES
                + Short.BYTES
                + BodyLayout.notBeforeBytes(record.notBeforeMillis())
                + BodyLayout.rangesBytes(record.partIndices());
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
        bytes += BodyLayout.TRANSACTION_ID_BYTES
                + Integer.BYTES
                + BodyLayout.rangesBytes(record.posted())
                + BodyLayout.rangesBytes(record.removed());
    }

    @Override
    public void onTransactionCommitted(long index, JournalRecord.TransactionCommitted record) {
        bytes += BodyLayout.TRANSACTION_ID_BYTES
                + Integer.BYTES * (1L + record.participants().size())
                + BodyLayout.rangesBytes(record.posted())
                + BodyLayout.rangesBytes(record.removed());
    }

    @Override
    public void onTransactionForgotten(long index, JournalRecord.TransactionForgotten record) {
        bytes += BodyLayout.TRANSACTION_ID_BYTES;
    }

    @Override
    public void onVotersNamed(long index, JournalRecord.VotersNamed record) {
        bytes += record.voters().remaining();
    }

    private static long namesBytes(String kind, String key) {
        return 2L * Integer.BYTES + kind.getBytes(UTF_8).length + key.getBytes(UTF_8).length;
    }
}
