package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of what came to a queue, consumed or not, to be read. It goes from the shard's loop to the writer thread,
 * which knows the segments, to the reading thread, and back. Owned by whoever has it.
 */
final class HistoryRequest implements HistoryRead {
    private final int shard;
    private final long queueId;
    private final long fromTimeMillis;
    private final long afterIndex;
    private final int recordsMax;
    private final Consumer<HistoryRead> done;
    private final List<Long> indices = new ArrayList<>();
    private final List<JournalRecord> records = new ArrayList<>();
    private List<Segment> segments = List.of();
    private long currentEnd;
    private @Nullable String problem;
    private boolean complete = true;

    HistoryRequest(
            int shard, long queueId, long fromTimeMillis, long afterIndex, int recordsMax, Consumer<HistoryRead> done) {
        this.shard = shard;
        this.queueId = queueId;
        this.fromTimeMillis = fromTimeMillis;
        this.afterIndex = afterIndex;
        this.recordsMax = recordsMax;
        this.done = done;
    }

    /** Writer thread: these are the segments there are, the last one written up to {@code end}. */
    void resolve(List<Segment> kept, SegmentLine line) {
        var all = new ArrayList<>(kept);
        all.addAll(line.all());
        segments = all;
        currentEnd = line.current().endPosition();
    }

    List<Segment> segments() {
        return segments;
    }

    boolean isCurrent(Segment segment) {
        return segment == segments.get(segments.size() - 1);
    }

    long endOf(Segment segment) {
        return isCurrent(segment) ? currentEnd : segment.endPosition();
    }

    int shard() {
        return shard;
    }

    long queueId() {
        return queueId;
    }

    long fromTimeMillis() {
        return fromTimeMillis;
    }

    long afterIndex() {
        return afterIndex;
    }

    void found(long index, JournalRecord record) {
        indices.add(index);
        records.add(record);
    }

    boolean isFull() {
        return records.size() >= recordsMax;
    }

    /** More may follow after the last record. */
    void cutShort() {
        complete = false;
    }

    void missed(String why) {
        problem = problem == null ? why : problem;
    }

    void end() {
        segments = List.of();
        done.accept(this);
    }

    @Override
    public int count() {
        return records.size();
    }

    @Override
    public long index(int i) {
        return indices.get(i);
    }

    @Override
    public JournalRecord record(int i) {
        return records.get(i);
    }

    @Override
    public boolean isComplete() {
        return complete;
    }

    @Override
    public @Nullable String problem() {
        return problem;
    }
}
