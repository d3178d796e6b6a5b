package dev.godwit.broker.cluster.link;

import dev.godwit.broker.runtime.EventLoop;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What all links of a node have in common: our end of them. Immutable.
 *
 * @param loop owns all links, and everything in this room
 * @param identity who we say that we are
 * @param belonging to which cluster, and who hears what others say about that
 */
record OwnEnd(
        EventLoop loop,
        NodeIdentity identity,
        LinkSettings settings,
        VersionRange versions,
        Belonging belonging,
        NodeLinkListener listener,
        PeerComplaints complaints) {
    /** Whether somebody of that cluster has nothing to say to us; who belongs to none may be taken into ours, or take us into its. */
    boolean isForeign(@Nullable UUID clusterId) {
        UUID ours = belonging.clusterId();
        return ours != null && clusterId != null && !ours.equals(clusterId);
    }
}
