package dev.godwit.amqp.transport;

/**
 * What one end of a connection takes from its peer at most. Announced in open, begin and attach, and enforced.
 *
 * @param maxFrameSizeBytes 512 to 1 MiB; longer frames close the connection
 * @param channelMax highest channel number, so sessions minus one
 * @param handleMax highest handle in a session, so links minus one
 * @param maxMessageSizeBytes for links that announce no limit of their own; longer messages detach the link
 * @param sessionIncomingWindowFrames transfer frames that a peer may send before it must hear of us again
 * @param writeBufferBytes bytes that may wait for the socket before senders are told to pause
 */
public record EndpointLimits(
        int maxFrameSizeBytes,
        int channelMax,
        int handleMax,
        long maxMessageSizeBytes,
        int sessionIncomingWindowFrames,
        int writeBufferBytes) {
    public static final EndpointLimits DEFAULTS =
            new EndpointLimits(128 * 1024, 255, 4_095, 64L * 1024 * 1024, 2_048, 1024 * 1024);

    static final int MIN_MAX_FRAME_SIZE = 512;
    private static final int MAX_MAX_FRAME_SIZE = 1024 * 1024;

    public EndpointLimits {
        check(maxFrameSizeBytes, MIN_MAX_FRAME_SIZE, MAX_MAX_FRAME_SIZE, "maxFrameSizeBytes");
        check(channelMax, 0, 65_535, "channelMax");
        check(handleMax, 0, 65_535, "handleMax");
        check(maxMessageSizeBytes, 1, Integer.MAX_VALUE - 64L, "maxMessageSizeBytes");
        check(sessionIncomingWindowFrames, 2, 1 << 30, "sessionIncomingWindowFrames");
        check(writeBufferBytes, 16 * 1024, 1 << 30, "writeBufferBytes");
    }

    public EndpointLimits withMaxFrameSizeBytes(int bytes) {
        return new EndpointLimits(
                bytes, channelMax, handleMax, maxMessageSizeBytes, sessionIncomingWindowFrames, writeBufferBytes);
    }

    public EndpointLimits withChannelMax(int channel) {
        return new EndpointLimits(
                maxFrameSizeBytes,
                channel,
                handleMax,
                maxMessageSizeBytes,
                sessionIncomingWindowFrames,
                writeBufferBytes);
    }

    public EndpointLimits withHandleMax(int handle) {
        return new EndpointLimits(
                maxFrameSizeBytes,
                channelMax,
                handle,
                maxMessageSizeBytes,
                sessionIncomingWindowFrames,
                writeBufferBytes);
    }

    public EndpointLimits withMaxMessageSizeBytes(long bytes) {
        return new EndpointLimits(
                maxFrameSizeBytes, channelMax, handleMax, bytes, sessionIncomingWindowFrames, writeBufferBytes);
    }

    public EndpointLimits withSessionIncomingWindowFrames(int frames) {
        return new EndpointLimits(
                maxFrameSizeBytes, channelMax, handleMax, maxMessageSizeBytes, frames, writeBufferBytes);
    }

    static void check(long value, long min, long max, String name) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be " + min + " to " + max + ": " + value);
        }
    }
}
