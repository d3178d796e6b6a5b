package dev.godwit.amqp.transport;

/**
 * What one connection's peer makes us hold, and how much that may be: links, the beginnings of messages, and deliveries that
 * it does not settle. Owned by the connection's loop; lives as long as the connection.
 */
final class PeerQuotas {
    /** Links that a peer may attach, in all its sessions. */
    private static final int REMOTE_LINKS_MAX = 16_384;
    /** So many of the longest messages may be here in part. */
    private static final long PARTIAL_MESSAGES_MAX = 4;

    private final FairRoom partialRoom;
    private final long partialBytesMax;
    private final UnsettledDeliveries unsettled;
    private int remoteLinks;
    private long partialBytes;
    private boolean over;

    PeerQuotas(LoopShare share, EndpointLimits limits, ProtonConnection connection) {
        partialRoom = share.partialBytes();
        partialBytesMax = PARTIAL_MESSAGES_MAX * limits.maxMessageSizeBytes();
        unsettled = new UnsettledDeliveries(share.unsettled(), connection);
    }

    /** Counts the links that the peer has attached; false when it has too many. */
    boolean addRemoteLinks(int links) {
        remoteLinks += links;
        return remoteLinks <= REMOTE_LINKS_MAX;
    }

    /** Counts the bytes of messages that have come in part; false when there are too many. */
    boolean addPartialBytes(long bytes) {
        if (over) {
            return true;
        }
        partialRoom.onChanged(partialBytes, partialBytes + bytes);
        partialBytes += bytes;
        return partialBytes <= partialBytesMax && partialRoom.isEnoughFor(partialBytes);
    }

    UnsettledDeliveries unsettled() {
        return unsettled;
    }

    /** The connection is over: nothing counts any more. */
    void release() {
        over = true;
        partialRoom.onChanged(partialBytes, 0);
        unsettled.release();
    }
}
