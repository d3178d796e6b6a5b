package dev.godwit.broker.cluster.link;

import dev.godwit.broker.runtime.EventLoop;

/**
 * What all links of a node have in common: our end of them. Immutable.
 *
 * @param loop owns all links, and everything in this room
 * @param identity who we say that we are
 */
record OwnEnd(
        EventLoop loop,
        NodeIdentity identity,
        LinkSettings settings,
        VersionRange versions,
        NodeLinkListener listener,
        PeerComplaints complaints) {}
