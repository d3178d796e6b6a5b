package dev.godwit.broker.cluster.relay;

import org.jspecify.annotations.Nullable;

/**
 * How connections are passed on. Immutable.
 *
 * @param waitMillis how long a client may wait until some node is active, and reached
 * @param bufferBytes of a connection, in each direction, that the other end does not take yet; reading stops beyond
 * @param fromHost the address of this machine from which the active node is connected to, for it knows nodes by that; null for any
 */
public record RelaySettings(
        long waitMillis, int bufferBytes, @Nullable String fromHost) {
    private static final int BUFFER_BYTES = 128 * 1024;

    public RelaySettings {
        if (waitMillis < 1 || waitMillis > Integer.MAX_VALUE || bufferBytes < 1) {
            throw new IllegalArgumentException("waitMillis " + waitMillis + ", bufferBytes " + bufferBytes);
        }
    }

    public static RelaySettings of(long waitMillis, @Nullable String fromHost) {
        return new RelaySettings(waitMillis, BUFFER_BYTES, fromHost);
    }
}
