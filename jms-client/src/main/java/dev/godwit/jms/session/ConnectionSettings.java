package dev.godwit.jms.session;

import dev.godwit.jms.message.DeserializationPolicy;

/**
 * How connections of a factory behave. A timeout is in milliseconds; {@link #NO_LIMIT} waits as long as it takes.
 *
 * @param prefetch messages that a consumer may hold before they are asked for; 0 to fetch each when it is asked for
 * @param connectTimeoutMillis until the broker has let us in
 * @param requestTimeoutMillis until the broker has answered anything else than a send
 * @param sendTimeoutMillis until the broker has taken a message, or let us send it
 * @param closeTimeoutMillis until a session or connection has said goodbye
 * @param sendWindowBytes messages of a session that may be on their way without anybody waiting for their answer
 * @param forceSyncSend each send waits for the broker's answer
 * @param forceAsyncSend no send waits for the broker's answer
 * @param localMessageExpiry consumers drop messages whose time is over
 */
public record ConnectionSettings(
        int prefetch,
        long connectTimeoutMillis,
        long requestTimeoutMillis,
        long sendTimeoutMillis,
        long closeTimeoutMillis,
        int sendWindowBytes,
        boolean forceSyncSend,
        boolean forceAsyncSend,
        boolean localMessageExpiry,
        DeserializationPolicy deserializationPolicy) {
    public static final long NO_LIMIT = -1;
    public static final int PREFETCH_MAX = 100_000;

    public static final ConnectionSettings DEFAULT = new ConnectionSettings(
            1_000, 15_000, 60_000, 60_000, 60_000, 8 * 1024 * 1024, false, false, true, DeserializationPolicy.NOTHING);

    public ConnectionSettings {
        if (prefetch < 0 || prefetch > PREFETCH_MAX) {
            throw new IllegalArgumentException("prefetch must be 0 to " + PREFETCH_MAX + ": " + prefetch);
        }
        checkTimeout("connectTimeout", connectTimeoutMillis);
        checkTimeout("requestTimeout", requestTimeoutMillis);
        checkTimeout("sendTimeout", sendTimeoutMillis);
        checkTimeout("closeTimeout", closeTimeoutMillis);
        if (sendWindowBytes < 1024) {
            throw new IllegalArgumentException("sendWindowBytes must be at least 1024: " + sendWindowBytes);
        }
        if (forceSyncSend && forceAsyncSend) {
            throw new IllegalArgumentException("forceSyncSend and forceAsyncSend exclude each other");
        }
    }

    private static void checkTimeout(String name, long millis) {
        if (millis < NO_LIMIT || millis == 0) {
            throw new IllegalArgumentException(name + " must be -1 for no limit, or positive: " + millis);
        }
    }
}
