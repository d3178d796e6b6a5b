package dev.godwit.broker.queue;

import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;

/** The shard's log as a queue sees it: each append names what waits for its commit. Owned by the shard's loop. */
public interface QueueLog {
    /** Which shard it is: known from the start and never changed, so any thread may ask. */
    int shard();

    /**
     * Appends without waiting for the disk.
     *
     * @return the record's index in the shard
     * @throws JournalFullException when the journal takes no more for now; nothing was written
     */
    long append(JournalRecord record, Parked parked);

    /** Like {@link #append}, but forces no sync of its own. */
    long appendLazily(JournalRecord record, Parked parked);

    /**
     * Whether messages may be given out now: false while another node may be serving the shard, for all that is known here.
     * When that is over {@link MessageQueue#goOn} is called.
     */
    default boolean mayDeliver() {
        return true;
    }

    /** False where whoever reads the journal needs each message whole. */
    default boolean mayShareBodies() {
        return false;
    }

    /**
     * Appends what several messages of the shard share, if {@link #mayShareBodies}. Their own records follow; nobody waits
     * for this one.
     *
     * @return the record's index in the shard: it is there until {@link #releaseBody} and the last of those messages
     * @throws JournalFullException as {@link #append}
     */
    default long appendBody(JournalRecord.BodyStored body) {
        throw new IllegalStateException("shard " + shard() + " shares no bodies");
    }

    /** No more messages that share it follow. */
    default void releaseBody(long index) {
        throw new IllegalStateException("shard " + shard() + " shares no bodies");
    }

    /**
     * Reads messages, or parts of them, back from the disk, off the loop. The answers come later, never within this call,
     * and never once the journal is lost.
     *
     * @param indices what was committed; the first {@code count} are read, and the array may be used again at once
     */
    void read(long[] indices, int count, ReadListener listener);
}
