package dev.godwit.amqp.container;

import dev.godwit.amqp.type.Symbol;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The open frame (AMQP 1.0 §2.7.1).
 *
 * @param maxFrameSize bytes; 4294967295 for no limit
 * @param channelMax highest channel number, so sessions minus one
 * @param idleTimeoutMillis the peer is asked to send something this often; 0 for never. What we announce is half of what
 *     we allow (§2.4.5)
 */
public record OpenParameters(
        String containerId,
        @Nullable String hostname,
        long maxFrameSize,
        int channelMax,
        long idleTimeoutMillis,
        List<Symbol> offeredCapabilities,
        List<Symbol> desiredCapabilities,
        Map<Symbol, Object> properties) {
    public static final long DEFAULT_MAX_FRAME_SIZE = 128 * 1024;
    public static final int DEFAULT_CHANNEL_MAX = 255;

    /** A plain open with this library's defaults: 128 KiB frames, 256 sessions, no idle timeout. */
    public static OpenParameters of(String containerId, @Nullable String hostname) {
        return new OpenParameters(
                containerId, hostname, DEFAULT_MAX_FRAME_SIZE, DEFAULT_CHANNEL_MAX, 0, List.of(), List.of(), Map.of());
    }
}
