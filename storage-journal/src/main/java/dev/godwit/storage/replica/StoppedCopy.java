package dev.godwit.storage.replica;

import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.LogOutline;
import dev.godwit.storage.replication.Voters;

/**
 * The copy of a shard's log that a stopped node has.
 *
 * @param committedIndex up to here the log is known here to be committed; a majority may have had more
 * @param lastIndex of the last entry
 * @param lastEpoch of the last entry; 0 for none
 * @param promisedEpoch the newest that the copy has heard of; perhaps less than {@code lastEpoch}
 * @param voters who the replicas are, by the last entry that says so; {@link Voters#NONE} when none does
 * @param repairing whether it has lost entries that it had acknowledged
 */
public record StoppedCopy(
        int shard,
        long committedIndex,
        long lastIndex,
        long lastEpoch,
        long promisedEpoch,
        Voters voters,
        boolean repairing) {
    static StoppedCopy of(int shard, long committedIndex, LogOutline outline, HardState promised) {
        return new StoppedCopy(
                shard,
                committedIndex,
                outline.lastIndex(),
                outline.lastEpoch(),
                promised.epoch(),
                outline.voters(),
                promised.repairing());
    }

    /** How many entries are not known to be committed. They may have been confirmed all the same. */
    public long openEntries() {
        return lastIndex - committedIndex;
    }
}
