package dev.godwit.broker.cluster.placement;

import dev.godwit.storage.replication.ReplicaId;
import java.util.List;
import java.util.Set;

/**
 * Who counts when copies are placed, and who does not any more. Of whoever is neither it is not known yet: it has come just now, or
 * has not come since we look. Immutable.
 *
 * @param counted who can be given copies
 * @param gone who has been gone for so long that its copies are made elsewhere
 */
public record Attendance(List<ClusterMember> counted, Set<ReplicaId> gone) {
    public Attendance {
        counted = List.copyOf(counted);
        gone = Set.copyOf(gone);
    }
}
