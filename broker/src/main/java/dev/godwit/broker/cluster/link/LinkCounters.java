package dev.godwit.broker.cluster.link;

/** What is counted of one other node, over all connections to it and from it. Owned by the loop of the links. */
final class LinkCounters {
    private long bytesSent;
    private long bytesReceived;
    private long framesSent;
    private long framesReceived;
    private long connects;
    private long failures;
    private long checksumErrors;
    private long droppedMessages;
    private long roundTripMicros;

    void onSent(int frameBytes) {
        framesSent++;
        bytesSent += frameBytes;
    }

    void onReceived(int frameBytes) {
        framesReceived++;
        bytesReceived += frameBytes;
    }

    void onConnected() {
        connects++;
    }

    void onFailure() {
        failures++;
    }

    void onChecksumError() {
        checksumErrors++;
    }

    void onDropped(int messages) {
        droppedMessages += messages;
    }

    void onRoundTrip(long nanos) {
        roundTripMicros = nanos / 1_000;
    }

    LinkStatistics statistics(String nodeId, boolean open, long queuedBytes) {
        return new LinkStatistics(
                nodeId,
                open,
                bytesSent,
                bytesReceived,
                framesSent,
                framesReceived,
                connects,
                failures,
                checksumErrors,
                droppedMessages,
                queuedBytes,
                roundTripMicros);
    }
}
