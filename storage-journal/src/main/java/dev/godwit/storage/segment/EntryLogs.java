package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchBuilder;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the writer does for shards whose commit is a majority's. Owned by the writer thread.
 *
 * <p>Design note: of a record that ends the life of others it matters where it lies, for it must be freed after all copies of
 * what it ends. Here time passes between its writing and its effect, and a record that it ends may be moved meanwhile, behind
 * it. Then it is written once more, as a copy of itself ({@link #gatherRestated}), and its segment stays until that is done.
 * A decision that hangs on other shards is alive itself: where it is restated, what forgets it is restated behind it.
 */
final class EntryLogs {
    private final LiveRecords live;
    private final SegmentLine segments;
    private final List<ShardTail> tails = new ArrayList<>();
    private final ArrayDeque<Append> toRestate = new ArrayDeque<>();
    private final Set<UUID> restatedDecisions = new HashSet<>();
    private int restating;
    private long restatedFrom = Long.MAX_VALUE;

    EntryLogs(LiveRecords live, SegmentLine segments) {
        this.live = live;
        this.segments = segments;
    }

    /** The shard's log is one of those from now on. */
    void add(ShardTail tail) {
        tails.add(tail);
        live.shard(tail.shard()).replicated = true;
    }

    /** The shard's log; null when its commit is not a majority's. */
    @Nullable
    EntryLog of(int shard) {
        for (int i = 0; i < tails.size(); i++) {
            if (tails.get(i).shard() == shard) {
                return tails.get(i).entries();
            }
        }
        return null;
    }

    boolean isEmpty() {
        return tails.isEmpty();
    }

    /** What {@link #addMarks} takes in a batch. */
    int markBytes(boolean fresh) {
        int marks = 0;
        for (int i = 0; i < tails.size(); i++) {
            marks += fresh || entries(i).isMarkDue() ? 1 : 0;
        }
        return marks * RecordView.HEADER_BYTES;
    }

    /** How far each log is committed: where that has changed, and for all at the beginning of a segment. */
    void addMarks(BatchBuilder batch, boolean fresh) {
        for (int i = 0; i < tails.size(); i++) {
            EntryLog entries = entries(i);
            if (fresh || entries.isMarkDue()) {
                batch.addCommitted(entries.shard(), entries.committedIndex(), entries.committedEpoch());
                entries.onMarked();
            }
        }
    }

    /**
     * From which generation on segments are needed. What a commit has made needless is freed when the files say that it came;
     * else a start would know of a state that it has not.
     *
     * @param before what the batch before said
     * @param now what would be true
     */
    long freed(long before, long now, BatchBuilder batch) {
        if (now <= before || markBytes(false) == 0) {
            return now;
        }
        if (!batch.hasRoomFor(markBytes(false))) {
            return before;
        }
        addMarks(batch, false);
        return now;
    }

    private EntryLog entries(int i) {
        return tails.get(i).entriesThere();
    }

    /** From now on the commit of the shard is a majority's. The caller has asked for room. */
    void replicate(ShardTail tail, BatchBuilder batch) {
        EntryLog entries = tail.entries();
        if (entries == null) {
            entries = new EntryLog(tail.shard(), tail.lastIndex(), tail.epoch());
            tail.replicate(entries);
            add(tail);
        }
        tail.ticketsBegin();
        batch.addCommitted(tail.shard(), entries.committedIndex(), entries.committedEpoch());
        entries.onMarked();
    }

    /** Drops the end of the shard's log. The caller has asked for room. */
    void truncate(ShardTail tail, long fromIndex, long epoch, BatchBuilder batch) {
        EntryLog entries = tail.entriesThere();
        batch.addTruncation(tail.shard(), fromIndex, epoch);
        entries.truncate(fromIndex);
        tail.truncated(entries.lastIndex(), entries.lastEpoch());
    }

    /** A majority has what is asked for: it has its effects now. */
    void commit(ShardTail tail, long index, long copies) {
        EntryLog entries = tail.entriesThere();
        entries.commit(index, entry -> {
            live.commit(entries.shard(), entry);
            if ((entry.copiesBefore() != copies || endsRestated(entry.record())) && endsLives(entry.record())) {
                restate(tail, entry);
            }
        });
    }

    /** To be written once more, since copies may have come behind it. */
    void restate(ShardTail tail, EntryLog.Open entry) {
        toRestate.add(new Append(tail).restate(entry));
        restatedFrom = Math.min(restatedFrom, entry.generation());
        if (isDecision(entry.record())) {
            restatedDecisions.add(((JournalRecord.TransactionCommitted) entry.record()).transactionId());
        }
    }

    /** Such a record is alive itself until it is forgotten. */
    static boolean isDecision(JournalRecord record) {
        return record instanceof JournalRecord.TransactionCommitted committed
                && !committed.participants().isEmpty();
    }

    private boolean endsRestated(JournalRecord record) {
        return record instanceof JournalRecord.TransactionForgotten forgotten
                && restatedDecisions.remove(forgotten.transactionId());
    }

    /** Of these nothing is left behind that is moved itself, when the time comes. */
    static boolean endsLives(JournalRecord record) {
        return record instanceof JournalRecord.MessagesRemoved
                || record instanceof JournalRecord.DefinitionRemoved
                || record instanceof JournalRecord.TransactionCommitted
                || record instanceof JournalRecord.TransactionForgotten
                || record instanceof JournalRecord.EpochBegun;
    }

    boolean isRestatementDue() {
        return !toRestate.isEmpty();
    }

    /** Whether some of what {@link #gatherRestated} took is not written yet. */
    boolean isRestating() {
        return restating > 0;
    }

    /** Puts what is to be written once more in front of what has gathered. Not within a record that is moved in pieces. */
    void gatherRestated(ArrayDeque<Append> gathered) {
        Append last = toRestate.pollLast();
        while (last != null) {
            gathered.addFirst(last);
            restating++;
            last = toRestate.pollLast();
        }
    }

    void onRestated() {
        restating--;
        if (restating == 0 && toRestate.isEmpty()) {
            restatedFrom = Long.MAX_VALUE;
        }
    }

    /** The generation of the oldest segment that a log needs; {@link Long#MAX_VALUE} for none. */
    long oldestNeeded() {
        long needed = restatedFrom;
        long oldest = segments.oldest().generation();
        for (int i = 0; i < tails.size(); i++) {
            needed = Math.min(needed, entries(i).oldestNeeded(oldest));
        }
        return needed;
    }
}
