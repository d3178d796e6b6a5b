package dev.godwit.storage.replication;

import org.jspecify.annotations.Nullable;

/**
 * What a replica has promised, and must know again after a crash. It is on stable storage before anybody is told anything
 * that hangs on it. Whoever keeps it keeps it so that damage to the log does not reach it; where it is lost, the journal
 * gets a new identity.
 *
 * @param epoch the newest that the replica knows of
 * @param vote whom it has voted for in that epoch, or null
 * @param starts how often the replica was started: its answers carry the number, so that those from before a restart can
 *     be told apart
 * @param repairing the log has lost what was on stable storage once ({@link RepairMode})
 */
public record HardState(long epoch, @Nullable ReplicaId vote, long starts, boolean repairing) {
    /** Of a replica that was never started. */
    public static final HardState NEW = new HardState(0, null, 0, false);

    HardState started(boolean damaged) {
        return new HardState(epoch, vote, starts + 1, repairing || damaged);
    }

    HardState inEpoch(long newer, @Nullable ReplicaId candidate) {
        return new HardState(newer, candidate, starts, repairing);
    }

    HardState repaired() {
        return new HardState(epoch, vote, starts, false);
    }
}
