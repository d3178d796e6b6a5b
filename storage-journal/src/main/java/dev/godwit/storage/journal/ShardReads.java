package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.RecordsRead;
import dev.godwit.storage.segment.SegmentedLog;
import java.util.Arrays;
import java.util.concurrent.Executor;

/** Has a shard's records read back, and tells its owner. Owned by the shard's event loop. */
public final class ShardReads {
    private final SegmentedLog log;
    private final int shard;
    private final Executor owner;

    /** @param owner where those who ask are told; it may refuse when it has ended */
    public ShardReads(SegmentedLog log, int shard, Executor owner) {
        this.log = log;
        this.shard = shard;
        this.owner = owner;
    }

    /** See {@link ShardLog#read}. */
    public void read(long[] indices, int count, ReadListener reader) {
        log.read(shard, Arrays.copyOf(indices, count), read -> owner.execute(() -> tell(read, reader)));
    }

    /** See {@link ShardLog#readHistory}. */
    public void readHistory(
            long queueId, long fromTimeMillis, long afterIndex, int recordsMax, HistoryListener reader) {
        log.readHistory(
                shard,
                queueId,
                fromTimeMillis,
                afterIndex,
                recordsMax,
                read -> owner.execute(() -> {
                    for (int i = 0; i < read.count(); i++) {
                        reader.onRecord(read.index(i), read.record(i));
                    }
                    reader.onEnd(read.isComplete(), read.problem());
                }));
    }

    private static void tell(RecordsRead read, ReadListener reader) {
        for (int i = 0; i < read.count(); i++) {
            JournalRecord record = read.record(i);
            if (record instanceof JournalRecord.MessageEnqueued message) {
                reader.onMessage(read.index(i), message);
            } else if (record instanceof JournalRecord.MessagePart part) {
                reader.onPart(read.index(i), part);
            } else {
                reader.onUnreadable(read.index(i), record == null ? read.problem(i) : "it is no message but " + record);
            }
        }
        reader.onEnd();
    }
}
