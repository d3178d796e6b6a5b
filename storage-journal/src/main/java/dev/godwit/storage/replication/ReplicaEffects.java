package dev.godwit.storage.replication;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Replica} wants done. Writes are numbered and go to stable storage in the order of their numbers, several at
 * once if possible; {@link Replica#onDurable} tells how far that has come. When a write or a sync fails the node stops, and
 * nothing is told any more.
 *
 * <p>The replica is called back by none of these methods: what follows from an effect is told to it afterwards.
 */
public interface ReplicaEffects {
    /** Keep this. It replaces the one before. */
    void writeHardState(long sequence, HardState hardState);

    /** Append these to the log, in which they are the next ones. */
    void writeEntries(long sequence, List<LogEntry> entries);

    /** Append to the journal that the entries from {@code fromIndex} on are none any more. No file is cut. */
    void writeTruncation(long sequence, long fromIndex, long epoch);

    /**
     * Put this checkpoint in the place of the entries up to its index, and of all others if the log does not
     * have that entry. All or nothing of it is there after a crash.
     *
     * @param entriesStay whether what the log has behind the checkpoint stays
     */
    void writeCheckpoint(long sequence, Checkpoint checkpoint, boolean entriesStay);

    /** To be sent; it may be lost. */
    void send(ReplicaId to, ReplicaMessage message);

    /**
     * All entries up to {@code index} are committed: on stable storage of a majority, to which this replica need not
     * belong. The index only grows while the replica runs.
     */
    void onCommitted(long index);

    /**
     * The role, the epoch or the leader changed.
     *
     * @param leader who leads in the epoch, or null while nobody is known to
     */
    void onRole(Role role, long epoch, @Nullable ReplicaId leader);

    /**
     * This replica leads, and its own first entry is committed: what was committed before is known, proposals are taken. It
     * ends with the role.
     */
    void onServing(long epoch);

    /**
     * Until then, by the clock of the replica's inputs and no later than it says at that moment, no other leader can be there:
     * messages may be delivered. {@link DeliveryLease#NONE} when it ended, {@link DeliveryLease#ALWAYS} for a sole voter.
     */
    void onLease(long untilMillis);
}
