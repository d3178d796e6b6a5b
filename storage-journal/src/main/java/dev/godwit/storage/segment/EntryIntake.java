package dev.godwit.storage.segment;

import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/**
 * Where the owner of a shard whose commit is a majority's hands over what is to be written, and says what became of it. Owned
 * by that owner, one thread at a time: the order of the calls is the order in the log. What is written has a ticket, a number
 * that goes up with each call, from 1; {@link ShardTail.Synced} tells up to which all is on stable storage. Made when all that
 * was handed over for the shard before, by another one or as records of a standalone journal, is written.
 *
 * <p>An entry counts for nothing until {@link #commit} says that a majority has it: it is not found alive at a start, not moved,
 * and until then it may be dropped. From {@link #cover} on no segment of the journal is freed.
 *
 * <p>Each method returns true when the writer sleeps, and {@link SegmentedLog#wake} must follow.
 */
public final class EntryIntake {
    /** What a record without a body takes on disk. */
    public static final int MARK_BYTES = RecordView.HEADER_BYTES;

    private final ShardIntake requests;
    private final AppendQueue queue;

    EntryIntake(ShardTail tail, AppendQueue queue) {
        requests = new ShardIntake(tail, queue);
        this.queue = queue;
        offer(Append.Kind.REPLICATE, 0, 0, null, 0, 0);
    }

    /**
     * Appends the next entry, by whichever leader.
     *
     * @param epoch in which it was appended first, not below that of the entry before
     * @param bytes on disk; they have been reserved
     */
    public boolean append(long index, long epoch, JournalRecord record, long bytes, long ticket) {
        return offer(Append.Kind.RECORD, index, epoch, record, bytes, ticket);
    }

    /**
     * Drops all entries from {@code fromIndex} on, which is above what was committed. {@link #MARK_BYTES} have been reserved.
     *
     * @param epoch in which that was found out
     */
    public boolean truncate(long fromIndex, long epoch, long ticket) {
        return offer(Append.Kind.TRUNCATE, fromIndex, epoch, null, MARK_BYTES, ticket);
    }

    /** A majority has all entries up to {@code index}, which were appended here before. Forces no sync. */
    public boolean commit(long index) {
        return offer(Append.Kind.COMMIT, index, 0, null, 0, 0);
    }

    /** Nobody will ask for the entries up to {@code index}, which are committed: what is dead of them may go. */
    public boolean cover(long index) {
        return offer(Append.Kind.COVER, index, 0, null, 0, 0);
    }

    /**
     * Begins to take in the state of the shard after the entry at {@code index}, as another copy has it, in place of what was begun
     * before. It counts for nothing until {@link #installState}. {@link #MARK_BYTES} have been reserved.
     */
    public boolean beginState(long index, long epoch) {
        return offer(Append.Kind.BEGIN_STATE, index, epoch, null, MARK_BYTES, 0);
    }

    /**
     * Takes in a record of the state that was begun, in the order in which {@link StateCapture} gives them. Forces no sync.
     *
     * @param bytes on disk; they have been reserved
     */
    public boolean stage(long index, long epoch, JournalRecord record, long bytes) {
        return offer(Append.Kind.STAGE, index, epoch, record, bytes, 0);
    }

    /**
     * All of the state that was begun has been handed over: it takes the place of all that is alive in the shard, at once, when
     * that is on stable storage. The log behind the entry stays if it has that entry. Nothing happens where the log is
     * known to be committed up to there: then it has that state, or a later one. {@link #MARK_BYTES} have been reserved.
     */
    public boolean installState(long index, long epoch, long ticket) {
        return offer(Append.Kind.INSTALL_STATE, index, epoch, null, MARK_BYTES, ticket);
    }

    /** Nothing more comes of the state that was begun, if one was. */
    public boolean abandonState() {
        return offer(Append.Kind.ABANDON_STATE, 0, 0, null, 0, 0);
    }

    private boolean offer(
            Append.Kind kind, long index, long epoch, @Nullable JournalRecord record, long bytes, long ticket) {
        return queue.offer(requests.request().fill(kind, index, epoch, record, bytes, ticket));
    }
}
