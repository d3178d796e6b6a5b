package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to the writer thread. Belongs to a shard for good: the shard's owner fills it, the writer reads
 * it and gives it back, to be filled again.
 */
final class Append {
    private static final int MAGAZINE_APPENDS = 128;

    private final ShardTail tail;
    private final Append @Nullable [] magazineEnded;
    private long index;
    private long epoch;
    private @Nullable JournalRecord record;
    private long bytes;
    private boolean lazy;
    private Kind kind = Kind.RECORD;
    private long ticket;

    /** What is asked for. */
    enum Kind {
        /** Write the record. */
        RECORD,
        /** The record at the index is not needed any more. */
        RELEASE,
        /** From now on the commit of the shard is a majority's: write how far it is committed. */
        REPLICATE,
        /** Write that the entries from the index on are none any more. */
        TRUNCATE,
        /** A majority has all entries up to the index. */
        COMMIT,
        /** Nobody will ask for entries up to the index. */
        COVER,
        /** Write the record as a copy of itself. */
        RESTATE,
        /** Write that the state after the entry at the index begins to come from elsewhere. */
        BEGIN_STATE,
        /** Write the record as one of that state. */
        STAGE,
        /** Write that all of that state is there. */
        INSTALL_STATE,
        /** Nothing more of that state will come. */
        ABANDON_STATE;

        /** Nobody waits for it. */
        private boolean isLazy() {
            return this == COMMIT || this == COVER || this == STAGE || this == ABANDON_STATE;
        }
    }

    /** One that is used once. */
    Append(ShardTail tail) {
        this(tail, null);
    }

    private Append(ShardTail tail, Append @Nullable [] magazineEnded) {
        this.tail = tail;
        this.magazineEnded = magazineEnded;
    }

    /** A magazine of requests, to be used in their order. */
    static Append[] magazine(ShardTail tail) {
        var magazine = new Append[MAGAZINE_APPENDS];
        for (int i = 0; i < MAGAZINE_APPENDS; i++) {
            magazine[i] = new Append(tail, i == MAGAZINE_APPENDS - 1 ? magazine : null);
        }
        return magazine;
    }

    /**
     * @param record what to write; null to release the record at {@code index}
     * @param bytes what it counts for among the pending bytes
     * @param lazy forces no sync of its own
     */
    Append fill(long index, long epoch, @Nullable JournalRecord record, long bytes, boolean lazy) {
        return fill(record == null ? Kind.RELEASE : Kind.RECORD, index, epoch, record, bytes, lazy, index);
    }

    /**
     * Of a shard whose commit is a majority's.
     *
     * @param ticket what its owner is told when all up to this is on stable storage; 0 where nothing is written
     */
    Append fill(Kind kind, long index, long epoch, @Nullable JournalRecord record, long bytes, long ticket) {
        return fill(kind, index, epoch, record, bytes, kind.isLazy(), ticket);
    }

    private Append fill(
            Kind newKind,
            long newIndex,
            long newEpoch,
            @Nullable JournalRecord newRecord,
            long newBytes,
            boolean newLazy,
            long newTicket) {
        if (kind != newKind) {
            // Mostly it is the same again: the collector wants to know of each reference that is written.
            kind = newKind;
        }
        index = newIndex;
        epoch = newEpoch;
        record = newRecord;
        bytes = newBytes;
        lazy = newLazy;
        ticket = newTicket;
        return this;
    }

    /** What was written before is to be written once more. */
    Append restate(EntryLog.Open entry) {
        fill(Kind.RESTATE, entry.index(), entry.epoch(), entry.record(), 0, 0);
        return this;
    }

    /** Lets go of the record, so that it can be collected. */
    void clear() {
        record = null;
    }

    ShardTail tail() {
        return tail;
    }

    /** The magazine of which this is the last; null when it is not the last of one. */
    Append @Nullable [] magazineEnded() {
        return magazineEnded;
    }

    long index() {
        return index;
    }

    long epoch() {
        return epoch;
    }

    @Nullable
    JournalRecord record() {
        return record;
    }

    Kind kind() {
        return kind;
    }

    long ticket() {
        return ticket;
    }

    long bytes() {
        return bytes;
    }

    boolean lazy() {
        return lazy;
    }
}
