package dev.godwit.broker.cluster.link;

/**
 * What has happened between this node and another, both ways, since the link was made. Immutable.
 *
 * @param nodeId the other node
 * @param open whether we can send
 * @param bytesSent of frames, headers included
 * @param bytesReceived of frames, headers included
 * @param framesSent heartbeats included
 * @param framesReceived heartbeats included
 * @param connects how often the connection for sending was made; all but the first are reconnects
 * @param failures attempts to connect that ended before messages could be sent
 * @param checksumErrors frames that had changed on their way; each has ended a connection
 * @param droppedMessages taken, and not sent when a connection was lost
 * @param queuedBytes of messages that wait for the socket now
 * @param roundTripMicros of the last heartbeat that was answered; 0 before the first
 */
public record LinkStatistics(
        String nodeId,
        boolean open,
        long bytesSent,
        long bytesReceived,
        long framesSent,
        long framesReceived,
        long connects,
        long failures,
        long checksumErrors,
        long droppedMessages,
        long queuedBytes,
        long roundTripMicros) {}
