package dev.godwit.storage.replica;

import dev.godwit.storage.journal.Admission;
import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.HistoryListener;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.journal.ShardReads;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.Payload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/**
 * The log of a shard for whoever serves it while this copy leads. What is appended in one turn of the owner is proposed at its
 * end, in one go. While something is proposed and not committed, what comes then gathers, until that is committed or much has
 * gathered: all nodes write, sync and answer once for each proposal, and would still be busy with the last one. What is appended
 * lazily waits for something that is not, for the next tick of the owner's timer, or until much has gathered. Ends with the
 * leadership, for good. Owned by the copy's owner.
 *
 * <p>A release stays without effect: no other copy would know of it. So bodies are not shared here.
 */
final class LeaderLog implements ShardLog {
    /** From so many bytes on what was appended lazily waits no longer. */
    private static final long LAZY_BYTES_MAX = 256 << 10;

    /** From so many bytes on what was appended does not wait for what was proposed before. */
    private static final long GATHERED_BYTES_MAX = 64 << 10;

    /** The copy, as far as this needs it. */
    interface Copy {
        /** The owner is to call the copy at the end of its turn. */
        void callSoon();

        /** Of the last entry, committed or not. */
        long lastIndex();

        /** Up to here the log is on stable storage here. */
        long durableIndex();

        /** Whether {@link #propose} may be called. */
        boolean isOpen();

        /** Room was reserved for the payloads. */
        void propose(List<Payload> payloads);
    }

    private record Proposed(long lastIndex, long bytes) {}

    private record ParkedRead(long index, Runnable read) {}

    private final int shard;
    private final long epoch;
    private final Copy copy;
    private final CopyPlace place;
    private final Admission admission;
    private final ShardReads reads;
    private final CommitListener listener;
    private final List<Payload> gathered = new ArrayList<>();
    private final ArrayDeque<Proposed> proposed = new ArrayDeque<>();
    /** The one that waits for the least comes first. */
    private final PriorityQueue<ParkedRead> parkedReads =
            new PriorityQueue<>(Comparator.comparingLong(ParkedRead::index));

    private long gatheredBytes;
    private boolean urgent;
    private boolean called;
    private boolean over;

    /** @param owner may have ended: then nothing is told */
    LeaderLog(int shard, long epoch, Copy copy, CopyPlace place, Executor owner, CommitListener listener) {
        this.shard = shard;
        this.epoch = epoch;
        this.copy = copy;
        this.place = place;
        this.listener = listener;
        admission = new Admission(place.store().log(), place.store().configuration());
        reads = new ShardReads(
                place.store().log(),
                shard,
                task -> owner.execute(() -> {
                    if (!over) {
                        task.run();
                    }
                }));
    }

    @Override
    public int shard() {
        return shard;
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public long append(JournalRecord record) {
        return append(record, false);
    }

    @Override
    public long appendLazily(JournalRecord record) {
        return append(record, true);
    }

    private long append(JournalRecord record, boolean lazy) {
        if (over || place.isEnded().getAsBoolean()) {
            throw new IllegalStateException("this copy of shard " + shard + " leads no more in epoch " + epoch);
        }
        long bytes = admission.bytesOf(record);
        var payload = new RecordPayload(record, Math.toIntExact(bytes));
        long openMax = admission.waitingBytesMax(record, lazy);
        if (!place.openBytes().reserve(bytes, openMax)) {
            throw new JournalFullException(
                    "shards have " + place.openBytes().bytes() + " of " + openMax + " bytes awaiting a majority");
        }
        try {
            admission.reserve(record, bytes, lazy);
        } catch (JournalFullException e) {
            place.openBytes().release(bytes);
            throw e;
        }
        gathered.add(payload);
        gatheredBytes += bytes;
        urgent |= !lazy || gatheredBytes >= LAZY_BYTES_MAX;
        callIfDue();
        return lastIndex();
    }

    private boolean isDue() {
        return urgent && (proposed.isEmpty() || gatheredBytes >= GATHERED_BYTES_MAX);
    }

    private void callIfDue() {
        if (!called && isDue()) {
            called = true;
            copy.callSoon();
        }
    }

    /** The owner's turn ends. */
    void onTurnEnd() {
        called = false;
        if (isDue()) {
            propose();
        }
    }

    /** Proposes all that was appended. While leadership is being handed over, that waits. */
    void propose() {
        if (gathered.isEmpty() || !copy.isOpen()) {
            return;
        }
        List<Payload> payloads = List.copyOf(gathered);
        proposed.addLast(new Proposed(lastIndex(), gatheredBytes));
        gathered.clear();
        gatheredBytes = 0;
        urgent = false;
        copy.propose(payloads);
    }

    /** A majority has all up to that index. */
    void onCommitted(long index) {
        if (over) {
            return;
        }
        Proposed first = proposed.peekFirst();
        while (first != null && first.lastIndex() <= index) {
            place.openBytes().release(first.bytes());
            proposed.removeFirst();
            first = proposed.peekFirst();
        }
        listener.onCommitted(index);
        callIfDue();
    }

    /** The log is on stable storage here up to that index. */
    void onDurable(long index) {
        while (!parkedReads.isEmpty() && parkedReads.element().index() <= index) {
            parkedReads.remove().read().run();
        }
    }

    /** Whether somebody waits for {@link #onDurable}. */
    boolean awaitsDurable() {
        return !parkedReads.isEmpty();
    }

    /** The leadership ends: nothing more is taken in or told, whatever becomes of what is open. */
    void end() {
        if (over) {
            return;
        }
        over = true;
        place.store().log().giveBack(gatheredBytes);
        place.openBytes().release(gatheredBytes);
        proposed.forEach(each -> place.openBytes().release(each.bytes()));
        gathered.clear();
        proposed.clear();
        parkedReads.clear();
    }

    /** After {@link #end}: says so. */
    void tellEnd() {
        listener.onJournalLost();
    }

    @Override
    public void release(long index) {
        // Each copy sees by the records what is needed.
    }

    /** A majority may have what is not on stable storage here: then that is waited for. */
    @Override
    public void read(long[] indices, int count, ReadListener reader) {
        long last = 0;
        for (int i = 0; i < count; i++) {
            last = Math.max(last, indices[i]);
        }
        if (last <= copy.durableIndex()) {
            reads.read(indices, count, reader);
            return;
        }
        long[] kept = Arrays.copyOf(indices, count);
        parkedReads.add(new ParkedRead(last, () -> reads.read(kept, count, reader)));
        copy.callSoon();
    }

    @Override
    public void readHistory(
            long queueId, long fromTimeMillis, long afterIndex, int recordsMax, HistoryListener reader) {
        reads.readHistory(queueId, fromTimeMillis, afterIndex, recordsMax, reader);
    }

    @Override
    public boolean mayShareBodies() {
        return false;
    }

    @Override
    public long lastIndex() {
        return copy.lastIndex() + gathered.size();
    }

    @Override
    public boolean isCongested() {
        return place.store().isCongested()
                || place.openBytes().bytes() > place.store().configuration().pendingBytesSoftMax();
    }
}
