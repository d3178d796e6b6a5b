package dev.godwit.storage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BatchFormatTest {
    private static final UUID JOURNAL = new UUID(1, 2);
    private static final int SALT = Checksum.salt(JOURNAL, 5);

    private final BatchBuilder batch = new BatchBuilder(64 * 1024, 512);
    private final RecordCutter cutter = new RecordCutter(8 * 1024);

    @Test
    void bringsBackEveryKindOfRecord() throws Exception {
        List<JournalRecord> records = List.of(
                new JournalRecord.MessageEnqueued(Long.MAX_VALUE, -1, bytes("body")),
                new JournalRecord.MessageEnqueued(1, 2, bytes("")),
                new JournalRecord.MessagesRemoved(7, LongRanges.covering(new long[] {1, 2, 3, 9, Long.MAX_VALUE}, 5)),
                new JournalRecord.MessageReturned(7, 8, Integer.MAX_VALUE),
                new JournalRecord.MessageReturned(7, 8, 1, Long.MAX_VALUE),
                new JournalRecord.MessageEnqueued(1, 2, 3, 4, 5, bytes("not before")),
                new JournalRecord.LargeMessageEnqueued(1, 2, 3, 4, 5, 6, LongRanges.of(7)),
                new JournalRecord.MessagePosted(new JournalRecord.MessageEnqueued(1, 2, 3, 4, 5, bytes("posted"))),
                new JournalRecord.LargeMessagePosted(
                        new JournalRecord.LargeMessageEnqueued(1, 2, 3, 4, 5, 6, LongRanges.of(7))),
                new JournalRecord.DefinitionStored("queue", "größe/日本", bytes("{}")),
                new JournalRecord.DefinitionRemoved("", ""),
                new JournalRecord.EpochBegun(),
                new JournalRecord.BodyStored(1, bytes("shared")),
                new JournalRecord.CopyEnqueued(1, 2, 3, JournalRecord.MessageEnqueued.AT_ONCE, 4),
                new JournalRecord.CopyEnqueued(1, 2, 3, 5, 4),
                new JournalRecord.MessageAnnotated(1, 2, bytes("annotations")),
                new JournalRecord.QueueNoted(1, bytes("note")),
                new JournalRecord.MessagePart(1, bytes("part")),
                new JournalRecord.TransactionPrepared(new UUID(3, 4), 5, LongRanges.of(6), LongRanges.NONE),
                new JournalRecord.TransactionCommitted(
                        new UUID(3, 4), List.of(5, 6), LongRanges.NONE, LongRanges.of(7)),
                new JournalRecord.TransactionForgotten(new UUID(3, 4)),
                new JournalRecord.VotersNamed(bytes("voters")));
        batch.begin(SALT, 5, 64 * 1024);
        long expectedBytes = BatchHeader.BYTES;
        for (int i = 0; i < records.size(); i++) {
            assertThat(cutter.write(batch, 3, 100 + i, 9, records.get(i), false))
                    .isTrue();
            expectedBytes += new RecordSize().of(records.get(i));
        }
        assertThat(batch.usedBytes()).isEqualTo(expectedBytes);
        ByteBuffer written = batch.finish(42, 4, 1_000);

        assertThat(written.remaining() % Blocks.BLOCK_BYTES).isZero();
        var view = new BatchView();
        assertThat(view.verify(written, 0, SALT)).isNull();
        assertThat(view.header().sequence()).isEqualTo(42);
        assertThat(view.header().durableSequence()).isEqualTo(41);
        assertThat(view.header().oldestGeneration()).isEqualTo(4);
        var found = new ArrayList<JournalRecord>();
        while (view.nextRecord(written)) {
            RecordView record = view.record();
            assertThat(record.shard()).isEqualTo(3);
            assertThat(record.index()).isEqualTo(100 + found.size());
            assertThat(record.epoch()).isEqualTo(9);
            assertThat(record.isMoved()).isFalse();
            found.add(RecordDecoder.decode(record.type(), written.slice(record.bodyOffset(), record.bodyBytes())));
        }
        assertThat(found).isEqualTo(records);
    }

    @Test
    void leavesTheBodyOfARecordAsItWas() {
        ByteBuffer body = ByteBuffer.allocate(100).position(10).limit(60);
        batch.begin(SALT, 5, 64 * 1024);
        cutter.write(batch, 1, 1, 1, new JournalRecord.MessageEnqueued(1, 1, body), false);
        assertThat(body.position()).isEqualTo(10);
        assertThat(body.limit()).isEqualTo(60);
        assertThat(batch.usedBytes()).isEqualTo(BatchHeader.BYTES + RecordView.HEADER_BYTES + 26 + 50);
    }

    @Test
    void isBoundToItsJournalAndGeneration() {
        batch.begin(SALT, 5, 64 * 1024);
        cutter.write(batch, 1, 1, 1, new JournalRecord.EpochBegun(), false);
        ByteBuffer written = batch.finish(1, 1, 1);

        assertThat(BatchHeader.begins(written, 0, 5)).isTrue();
        assertThat(BatchHeader.begins(written, 0, 6)).isFalse();
        var view = new BatchView();
        assertThat(view.verify(written, 0, Checksum.salt(JOURNAL, 6))).contains("checksum");
        assertThat(view.verify(written, 0, Checksum.salt(new UUID(1, 3), 5))).contains("checksum");
        assertThat(view.verify(written, 0, SALT)).isNull();
    }

    @Test
    void tellsRecordsOfAnEarlierTornWriteFromThoseOfThisOne() {
        byte[] first = oneRecordPerBlock("first!");
        byte[] second = oneRecordPerBlock("second");
        var view = new BatchView();
        assertThat(view.verify(ByteBuffer.wrap(second), 0, SALT)).isNull();

        System.arraycopy(first, Blocks.BLOCK_BYTES, second, Blocks.BLOCK_BYTES, Blocks.BLOCK_BYTES);
        assertThat(view.verify(ByteBuffer.wrap(second), 0, SALT)).contains("two writes");
    }

    @Test
    void refusesAnUnknownTypeOfRecord() {
        assertThatThrownBy(() -> RecordDecoder.decode((byte) 60, bytes("x")))
                .isInstanceOf(DamagedFormatException.class)
                .hasMessageContaining("type 60");
        assertThatThrownBy(() -> RecordDecoder.decode((byte) 3, bytes("short")))
                .isInstanceOf(DamagedFormatException.class);
        assertThatThrownBy(() -> RecordDecoder.decode((byte) 6, bytes("too long")))
                .isInstanceOf(DamagedFormatException.class);
    }

    /** Two records, the second of which begins on the second block. */
    private byte[] oneRecordPerBlock(String text) {
        batch.begin(SALT, 5, 64 * 1024);
        int filler = Blocks.BLOCK_BYTES - BatchHeader.BYTES - RecordView.HEADER_BYTES - 16;
        cutter.write(batch, 1, 1, 1, new JournalRecord.MessageEnqueued(1, 1, ByteBuffer.allocate(filler)), false);
        cutter.write(batch, 1, 2, 1, new JournalRecord.MessageEnqueued(1, 1, bytes(text)), false);
        ByteBuffer written = batch.finish(1, 1, 1);
        var copy = new byte[written.remaining()];
        written.get(copy);
        return copy;
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
