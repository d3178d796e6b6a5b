package dev.godwit.broker.cluster.link;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The first thing that each end says. Immutable. */
sealed interface Greeting {
    /**
     * From who connects.
     *
     * @param versions that it speaks
     * @param node who it is
     * @param wantedNodeId whom it wants to speak to
     * @param clusterId of its cluster; null while it belongs to none
     */
    record Hello(
            VersionRange versions,
            NodeIdentity node,
            String wantedNodeId,
            @Nullable UUID clusterId) implements Greeting {}

    /**
     * From who was connected to: come in.
     *
     * @param version that both speak from here on
     * @param node who it is
     * @param frameBytesMax the largest payload of a frame that it takes
     * @param messageBytesMax the largest message that it takes
     * @param partialBytesMax how much of messages that have not come whole it holds
     * @param clusterId of its cluster; null while it belongs to none
     */
    record Welcome(
            int version,
            NodeIdentity node,
            int frameBytesMax,
            int messageBytesMax,
            int partialBytesMax,
            @Nullable UUID clusterId)
            implements Greeting {}

    /**
     * From who was connected to: stay out.
     *
     * @param text for a log
     */
    record Refused(RefusalReason reason, String text) implements Greeting {}
}
