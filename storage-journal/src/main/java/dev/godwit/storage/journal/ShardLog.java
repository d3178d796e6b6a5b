package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;

/**
 * The log of one shard. Owned by the shard's event loop: {@link #append} and its kin run there, one thread at a time.
 * Indices are 1, 2, 3 … within the shard; where the bytes lie never leaves storage.
 */
public interface ShardLog {
    /** Shard 0 holds the metadata; queues live in 1 and up. */
    int shard();

    /** The leader's epoch, carried by each record. */
    long epoch();

    /**
     * Appends without waiting for the disk.
     *
     * @return the record's index: it is safe once {@link CommitListener#onCommitted} has reached it
     * @throws JournalFullException when the journal takes no more for now; nothing was written. On a full disk that is
     *     said to messages and definitions only, as long as there is a reserve to write the others to
     */
    long append(JournalRecord record);

    /**
     * Like {@link #append}, but forces no sync of its own: the record rides in the next batch, or is synced within
     * {@link JournalConfiguration#lazySyncMillis}, whichever comes first.
     */
    long appendLazily(JournalRecord record);

    /**
     * The record at {@code index} will not be needed at the next start, for a reason that storage cannot see. Where there
     * is a record for the reason, storage sees it by itself, as soon as that is on stable storage: nothing needs to be
     * released that a MessagesRemoved names, or a newer DefinitionStored or a DefinitionRemoved replaces.
     *
     * <p>A released record may come once more at the next start, as long as its bytes are there. A shared body is released
     * by its writer when no more copies of it follow; it stays for as long as a copy does.
     */
    void release(long index);

    /**
     * Reads messages, or parts of them, back from the disk: off this thread, neighbours together. Only what was committed
     * can be read.
     *
     * @param indices the first {@code count} of them are read; the array may be used again at once
     * @param listener called on the owner; never once the journal is lost or closed
     */
    void read(long[] indices, int count, ReadListener listener);

    /**
     * Reads what came to a queue, whether or not it was consumed since, as far back as the journal keeps segments
     * ({@link JournalConfiguration#retentionMillis}). What was posted within a transaction is not among it, nor what shares its
     * body with others ({@link #mayShareBodies}).
     *
     * @param fromTimeMillis only what arrived at that time or later, wall clock; parts of large messages, which bear no
     *     time, may come from before it
     * @param afterIndex only what has a higher index; 0 for all
     * @param recordsMax about how many records to read at once
     * @param listener called on the owner; never once the journal is lost or closed
     */
    void readHistory(long queueId, long fromTimeMillis, long afterIndex, int recordsMax, HistoryListener listener);

    /**
     * False while segments are kept for readers of the past, who find only messages that bear their bodies. Known from the
     * start and never changed.
     */
    boolean mayShareBodies();

    /** The last index appended; 0 when there is none. */
    long lastIndex();

    /**
     * True while more bytes wait for the disk than the soft limit, or it is full: callers should stop inviting more. Where
     * bytes wait, turns false no later than the {@code onCommitted} that brings them below the limit. Any thread may ask.
     */
    boolean isCongested();
}
