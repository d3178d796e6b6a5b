package dev.godwit.broker.cluster.link;

import org.jspecify.annotations.Nullable;

/**
 * How a node speaks to others. Immutable.
 *
 * @param tls keys and authority; null for none, which {@code insecure} must allow
 * @param insecure whether nodes may speak unencrypted, and with whoever comes
 * @param heartbeatMillis how often each end says that it is there
 * @param peerDeadMillis a peer that is silent for longer is taken for dead, and its connection dropped
 * @param handshakeMillis from TCP connection to the end of the greetings
 * @param reconnectMillisMax longest pause between two attempts to connect
 * @param frameBytesMax payload of a frame, if the peer takes as much: how long a message can hold up those of other channels
 * @param messageBytesMax largest message that is taken from a peer
 * @param partialBytesMax how much of messages that have not come whole is held for a peer, at least one message
 * @param queueBytesMax what may wait to be sent to a peer; while less than a quarter of it waits, one message beyond it
 */
public record LinkSettings(
        @Nullable LinkTls tls,
        boolean insecure,
        long heartbeatMillis,
        long peerDeadMillis,
        long handshakeMillis,
        long reconnectMillisMax,
        int frameBytesMax,
        int messageBytesMax,
        int partialBytesMax,
        int queueBytesMax) {
    /** Smaller frames are no use to anybody. */
    static final int FRAME_BYTES_MAX_MIN = 1 << 10;

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /** @throws IllegalArgumentException without TLS where that is not allowed, or when a value makes no sense */
    public LinkSettings {
        if (tls == null && !insecure) {
            throw new IllegalArgumentException("nodes speak over TLS: it needs a certificate, a key and an authority");
        }
        if (heartbeatMillis < 1 || peerDeadMillis <= heartbeatMillis || handshakeMillis < 1 || reconnectMillisMax < 1) {
            throw new IllegalArgumentException("times make no sense: heartbeat " + heartbeatMillis
                    + " ms, peer dead after "
                    + peerDeadMillis + " ms, handshake " + handshakeMillis + " ms, reconnect " + reconnectMillisMax
                    + " ms");
        }
        if (frameBytesMax < FRAME_BYTES_MAX_MIN
                || messageBytesMax < frameBytesMax
                || partialBytesMax < messageBytesMax) {
            throw new IllegalArgumentException("sizes make no sense: frame " + frameBytesMax + ", message "
                    + messageBytesMax + ", partial " + partialBytesMax);
        }
        if (queueBytesMax < frameBytesMax) {
            throw new IllegalArgumentException("the queue holds not one frame: " + queueBytesMax);
        }
    }

    /** Over TLS, with what does well in one data centre. */
    public static LinkSettings of(LinkTls tls) {
        return new LinkSettings(tls, false, 100, 3_000, 5_000, 2_000, 64 * KIB, 32 * MIB, 64 * MIB, 16 * MIB);
    }

    /** Unencrypted, with whoever comes: where nobody else is on the line. */
    public static LinkSettings withoutTls() {
        return new LinkSettings(null, true, 100, 3_000, 5_000, 2_000, 64 * KIB, 32 * MIB, 64 * MIB, 16 * MIB);
    }

    public LinkSettings withTimes(long newHeartbeatMillis, long newPeerDeadMillis, long newHandshakeMillis) {
        return new LinkSettings(
                tls,
                insecure,
                newHeartbeatMillis,
                newPeerDeadMillis,
                newHandshakeMillis,
                reconnectMillisMax,
                frameBytesMax,
                messageBytesMax,
                partialBytesMax,
                queueBytesMax);
    }

    public LinkSettings withSizes(
            int newFrameBytesMax, int newMessageBytesMax, int newPartialBytesMax, int newQueueBytesMax) {
        return new LinkSettings(
                tls,
                insecure,
                heartbeatMillis,
                peerDeadMillis,
                handshakeMillis,
                reconnectMillisMax,
                newFrameBytesMax,
                newMessageBytesMax,
                newPartialBytesMax,
                newQueueBytesMax);
    }
}
