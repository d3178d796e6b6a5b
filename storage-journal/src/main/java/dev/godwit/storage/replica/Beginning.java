package dev.godwit.storage.replica;

import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.LogOutline;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.replication.VotersChanged;

/**
 * What a copy begins with: its log and its promises, as they were found.
 *
 * @param outline owned by the replica from its start on
 */
record Beginning(ReplicaId self, LogOutline outline, HardState promised) {
    /** No entry says who the replicas are, and none has come from another copy. */
    boolean mayBootstrap() {
        boolean hasHeardOthers = promised.epoch() > outline.lastEpoch()
                || (promised.vote() != null && !promised.vote().equals(self));
        boolean isOwnWork = self.equals(promised.vote());
        return outline.voters().equals(Voters.NONE)
                && (isOwnWork || (!hasHeardOthers && outline.lastIndex() == outline.checkpointIndex()));
    }

    /** By which this copy becomes the sole voter. */
    LogEntry firstEntry() {
        long epoch = Math.max(promised.epoch(), outline.lastEpoch());
        return new LogEntry(outline.lastIndex() + 1, epoch, new VotersChanged(Voters.of(self)));
    }

    /** A promise of the log's epoch was on its way when the node stopped, and nobody had been told. */
    HardState hardState() {
        return promised.epoch() >= outline.lastEpoch()
                ? promised
                : new HardState(outline.lastEpoch(), null, promised.starts(), promised.repairing());
    }
}
