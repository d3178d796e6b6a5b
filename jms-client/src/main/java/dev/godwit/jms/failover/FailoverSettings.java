package dev.godwit.jms.failover;

/**
 * How a lost connection is made anew. Times are in milliseconds. An attempt is one round through all nodes; a number of
 * attempts is -1 for no limit.
 *
 * @param initialReconnectDelayMillis before the first attempt after a loss
 * @param reconnectDelayMillis before the second one
 * @param maxReconnectDelayMillis before any; only with back-off
 * @param useReconnectBackOff the delay grows from attempt to attempt
 * @param reconnectBackOffMultiplier by so much, at least 1
 * @param maxReconnectAttempts after a loss; 0 gives up at once
 * @param startupMaxReconnectAttempts after the first one that fails of a connection that has never been there
 * @param warnAfterReconnectAttempts after so many that failed the log is told, and again after as many; 0 for never
 * @param randomize nodes are tried in an order drawn by lot
 * @param amqpOpenServerListAction what becomes of the nodes that a broker names
 */
public record FailoverSettings(
        long initialReconnectDelayMillis,
        long reconnectDelayMillis,
        long maxReconnectDelayMillis,
        boolean useReconnectBackOff,
        double reconnectBackOffMultiplier,
        int maxReconnectAttempts,
        int startupMaxReconnectAttempts,
        int warnAfterReconnectAttempts,
        boolean randomize,
        ServerListAction amqpOpenServerListAction) {
    public static final int NO_LIMIT = -1;

    public static final FailoverSettings DEFAULT =
            new FailoverSettings(0, 10, 30_000, true, 2.0, NO_LIMIT, NO_LIMIT, 10, false, ServerListAction.REPLACE);

    /** What becomes of the nodes that a broker names in its open ({@code failover-server-list}). */
    public enum ServerListAction {
        /** They take the place of all that we know but the one that names them. */
        REPLACE,
        /** They come behind those that we know. */
        ADD,
        /** Nothing. */
        IGNORE
    }

    public FailoverSettings {
        checkNotNegative("initialReconnectDelay", initialReconnectDelayMillis);
        checkNotNegative("reconnectDelay", reconnectDelayMillis);
        checkNotNegative("maxReconnectDelay", maxReconnectDelayMillis);
        checkNotNegative("warnAfterReconnectAttempts", warnAfterReconnectAttempts);
        checkAttempts("maxReconnectAttempts", maxReconnectAttempts);
        checkAttempts("startupMaxReconnectAttempts", startupMaxReconnectAttempts);
        if (!(reconnectBackOffMultiplier >= 1 && reconnectBackOffMultiplier <= 1_000)) {
            throw new IllegalArgumentException(
                    "failover.reconnectBackOffMultiplier must be 1 to 1000: " + reconnectBackOffMultiplier);
        }
        if (useReconnectBackOff && reconnectDelayMillis > maxReconnectDelayMillis) {
            throw new IllegalArgumentException("failover.reconnectDelay, " + reconnectDelayMillis
                    + ", is longer than failover.maxReconnectDelay, " + maxReconnectDelayMillis);
        }
    }

    private static void checkNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException("failover." + name + " must not be negative: " + value);
        }
    }

    private static void checkAttempts(String name, int attempts) {
        if (attempts < NO_LIMIT) {
            throw new IllegalArgumentException("failover." + name + " must be -1 for no limit, or more: " + attempts);
        }
    }
}
