package dev.godwit.storage.replica;

import dev.godwit.storage.format.RecordSize;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.Payload;
import dev.godwit.storage.segment.EntryIntake;
import dev.godwit.storage.segment.SegmentedLog;
import dev.godwit.storage.segment.ShardTail;
import dev.godwit.storage.segment.StateRecord;
import java.util.List;

/**
 * Hands what a copy writes over to the promises and to the journal's writer, and knows how far it is on stable storage. Owned by
 * the copy's owner; the threads that write leave here how far they are, and have the owner call.
 */
final class CopyWrites implements ShardTail.Synced {
    private static final long NO_TICKET = 0;

    private final int shard;
    private final SegmentedLog log;
    private final Promises promises;
    private final ShardTail tail;
    private final EntryIntake intake;
    private final Runnable callOwner;
    private final RecordSize recordSize = new RecordSize();
    private final WritesUnderWay underWay = new WritesUnderWay();
    private boolean writerSleeps;

    /** The writer sleeps, and what it would be woken for forces no sync. */
    private boolean marksWait;

    /** Written by the journal's writer. */
    private volatile long syncedTicket;

    /** Written by the owner, who is to be called when more is synced. */
    private volatile boolean syncAwaited = true;

    private long syncedTicketSeen;

    /** Written by the thread that writes promises. */
    private volatile long keptSequence;

    CopyWrites(int shard, SegmentedLog log, Promises promises, Runnable callOwner) {
        this.shard = shard;
        this.log = log;
        this.promises = promises;
        this.callOwner = callOwner;
        tail = log.tail(shard);
        log.listen(tail, this);
        intake = log.entryIntake(tail);
        writerSleeps = true;
    }

    void promise(long sequence, HardState state) {
        underWay.onPromise(sequence);
        promises.write(shard, state, () -> {
            keptSequence = sequence;
            callOwner.run();
        });
    }

    /** @param areReserved whether room was reserved for the entries when they were taken in */
    void append(long sequence, List<LogEntry> entries, boolean areReserved) {
        underWay.onLogWrite(sequence);
        int last = entries.size() - 1;
        for (int i = 0; i <= last; i++) {
            append(entries.get(i), areReserved, i == last ? sequence : NO_TICKET);
        }
    }

    /** Before anything has a sequence. */
    void appendFirst(LogEntry entry) {
        append(entry, false, NO_TICKET);
    }

    private void append(LogEntry entry, boolean isReserved, long ticket) {
        JournalRecord record = EntryCodec.recordOf(entry.payload());
        long bytes = bytesOf(entry.payload(), record);
        if (!isReserved) {
            log.reserve(bytes, Long.MAX_VALUE);
        }
        writerSleeps |= intake.append(entry.index(), entry.epoch(), record, bytes, ticket);
    }

    private long bytesOf(Payload payload, JournalRecord record) {
        return payload instanceof RecordPayload fact ? fact.sizeBytes() : recordSize.of(record);
    }

    void truncate(long sequence, long fromIndex, long epoch) {
        underWay.onLogWrite(sequence);
        log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
        writerSleeps |= intake.truncate(fromIndex, epoch, sequence);
    }

    /** A state of the shard is to come, in place of one that was begun. */
    void beginState(long index, long epoch) {
        log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
        writerSleeps |= intake.beginState(index, epoch);
    }

    /** @param bytes that have been reserved */
    void stage(StateRecord record, long bytes) {
        writerSleeps |= intake.stage(record.index(), record.epoch(), record.record(), bytes);
    }

    /** All of the state that was begun has been staged. */
    void installState(long sequence, long index, long epoch) {
        underWay.onLogWrite(sequence);
        log.reserve(EntryIntake.MARK_BYTES, Long.MAX_VALUE);
        writerSleeps |= intake.installState(index, epoch, sequence);
    }

    void abandonState() {
        writerSleeps |= intake.abandonState();
    }

    /** Entries up to this one are old: see {@link ShardTail#oldIndex}. */
    long oldIndex() {
        return tail.oldIndex();
    }

    void commit(long index) {
        marksWait |= intake.commit(index);
    }

    void cover(long index) {
        marksWait |= intake.cover(index);
    }

    /** At the end of the owner's turn. */
    void wakeWriter() {
        if (writerSleeps) {
            writerSleeps = false;
            marksWait = false;
            log.wake();
        }
    }

    /** Now and then: what is committed takes effect, though nothing else is to be written. With each commit the writer would be woken twice. */
    void wakeWriterForMarks() {
        writerSleeps |= marksWait;
        wakeWriter();
    }

    /** All writes up to this are on stable storage. */
    long durableSequence() {
        syncedTicketSeen = syncedTicket;
        underWay.onLogSynced(syncedTicketSeen);
        underWay.onPromisesKept(keptSequence);
        return underWay.durableSequence();
    }

    /**
     * Whether the owner is to be called when more is synced; else it asks when it is called for another reason. To be told at the end of its
     * turn: it is called then, too, if more was synced since it asked.
     *
     * <p>Design note: the writer leaves word before it looks whether somebody waits for it, and the owner says that it waits before it looks
     * for word. So one of the two sees the other.
     */
    void awaitSync(boolean awaited) {
        if (syncAwaited != awaited) {
            syncAwaited = awaited;
        }
        if (awaited && syncedTicket != syncedTicketSeen) {
            callOwner.run();
        }
    }

    /** Writer thread. */
    @Override
    public void onSynced(long ticket) {
        if (ticket == syncedTicket) {
            // A piece of a write, or what has no ticket.
            return;
        }
        syncedTicket = ticket;
        if (syncAwaited) {
            callOwner.run();
        }
    }
}
