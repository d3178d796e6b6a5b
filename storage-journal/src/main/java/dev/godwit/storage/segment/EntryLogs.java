package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchBuilder;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.format.SectionWriter;
import dev.godwit.storage.record.JournalRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    private final ArrayDeque<Restatement> toRestate = new ArrayDeque<>();
    private final Set<UUID> restatedDecisions = new HashSet<>();
    private int restating;
    private long restatedFrom = Long.MAX_VALUE;

    /** States that are being taken in, by shard. */
    private final Map<Integer, StagedState> staged = new TreeMap<>();

    private record Restatement(ShardTail tail, EntryLog.Open entry) {}

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
        ShardTail tail = tail(shard);
        return tail == null ? null : tail.entries();
    }

    /** Null unless the shard's commit is a majority's. */
    @Nullable
    ShardTail tail(int shard) {
        for (int i = 0; i < tails.size(); i++) {
            if (tails.get(i).shard() == shard) {
                return tails.get(i);
            }
        }
        return null;
    }

    /** What {@link #addMarks} takes in a batch. */
    int markBytes(boolean fresh) {
        int marks = 0;
        for (int i = 0; i < tails.size(); i++) {
            marks += fresh || entries(i).isMarkDue() ? 1 : 0;
        }
        return marks * RecordView.HEADER_BYTES;
    }

    /** Whether the files do not say yet how far each log is committed. */
    boolean isMarkDue() {
        return markBytes(false) > 0;
    }

    /** All of the logs, for a checkpoint, but where their committed entries lie. Not while {@link #isRestating}. */
    void writeTo(SectionWriter to) {
        for (int i = 0; i < tails.size(); i++) {
            EntryLogContent.writeLog(to, entries(i), live.shard(tails.get(i).shard()));
        }
        toRestate.forEach(
                each -> EntryLogContent.writeRestatement(to, each.tail().shard(), each.entry()));
    }

    List<EntryLog> all() {
        return tails.stream().map(ShardTail::entriesThere).toList();
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

    /** The state of the shard begins to come from elsewhere. The caller has asked for room. */
    void beginState(ShardTail tail, long index, long epoch, BatchBuilder batch) {
        abandonState(tail.shard());
        staged.put(tail.shard(), new StagedState(tail.shard(), segments));
        batch.addStateBegun(tail.shard(), index, epoch);
    }

    /** A record of that state is in the batch. */
    void stage(int shard, long index, JournalRecord record, long generation, long offset, long bytes) {
        StagedState state = staged.get(shard);
        if (state == null) {
            throw new IllegalStateException("no state of shard " + shard + " was begun");
        }
        state.add(index, record, generation, offset, bytes);
    }

    /** All of that state is written. The caller has asked for room for two marks. */
    void installState(ShardTail tail, long index, long epoch, BatchBuilder batch) {
        EntryLog entries = tail.entriesThere();
        StagedState state = staged.get(tail.shard());
        if (index <= entries.committedIndex()) {
            abandonState(tail.shard());
            batch.addCommitted(tail.shard(), entries.committedIndex(), entries.committedEpoch());
            entries.onMarked();
            return;
        }
        if (state == null) {
            throw new IllegalStateException("no state of shard " + tail.shard() + " was begun");
        }
        staged.remove(tail.shard());
        if (entries.contradicts(index, epoch)) {
            truncate(tail, entries.committedIndex() + 1, epoch, batch);
        }
        batch.addStateInstalled(tail.shard(), index, epoch);
        live.replace(state.complete());
        entries.install(index, epoch);
        tail.truncated(entries.lastIndex(), entries.lastEpoch());
        toRestate.removeIf(each -> each.tail() == tail);
        forgetRestatedFrom();
    }

    /** Nothing more will come of that state. */
    void abandonState(int shard) {
        StagedState state = staged.remove(shard);
        if (state != null) {
            state.abandon();
        }
    }

    /** The process ends, and with it what has come of states. */
    void abandonStates() {
        List.copyOf(staged.keySet()).forEach(this::abandonState);
    }

    /** Whether a state is being taken in: a start must read all of it, and so begin before. */
    boolean isStaging() {
        return !staged.isEmpty();
    }

    /** To be written once more, since copies may have come behind it. */
    void restate(ShardTail tail, EntryLog.Open entry) {
        toRestate.add(new Restatement(tail, entry));
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

    /** Puts what is to be written once more in front of what waits. Not within a record that is moved in pieces. */
    void gatherRestated(Gathering gathering) {
        Restatement last = toRestate.pollLast();
        while (last != null) {
            gathering.addFirst(new Append(last.tail()).restate(last.entry()));
            restating++;
            last = toRestate.pollLast();
        }
    }

    void onRestated() {
        restating--;
        forgetRestatedFrom();
    }

    private void forgetRestatedFrom() {
        if (restating == 0 && toRestate.isEmpty()) {
            restatedFrom = Long.MAX_VALUE;
        }
    }

    /** Says of each log which of its entries begin before that segment: they are old. */
    void growOld(long generation) {
        long oldest = segments.oldest().generation();
        for (int i = 0; i < tails.size(); i++) {
            tails.get(i).growsOld(entries(i).lastBefore(generation, oldest));
        }
    }

    /** The generation of the oldest segment that a log needs; {@link Long#MAX_VALUE} for none. */
    long oldestNeeded() {
        long needed = restatedFrom;
        long oldest = segments.oldest().generation();
        for (int i = 0; i < tails.size(); i++) {
            needed = Math.min(needed, entries(i).oldestNeeded(oldest));
        }
        for (StagedState state : staged.values()) {
            needed = Math.min(needed, state.firstGeneration());
        }
        return needed;
    }
}
