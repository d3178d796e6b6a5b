package dev.godwit.jms.failover;

import java.util.Random;

/**
 * How often and after what delays a lost connection is looked for. Knows no clock and no node. Owned by the provider's loop.
 */
final class ReconnectPlan {
    /** There is to be no further attempt. */
    static final long NO_MORE = -1;

    private final FailoverSettings settings;
    private final Random random;
    private boolean startup = true;
    private int attempts;
    private double nextDelayMillis;

    ReconnectPlan(FailoverSettings settings, Random random) {
        this.settings = settings;
        this.random = random;
        this.nextDelayMillis = settings.reconnectDelayMillis();
    }

    /** There is a connection, and it has lasted: what comes next begins anew. */
    void onLasting() {
        attempts = 0;
        nextDelayMillis = settings.reconnectDelayMillis();
    }

    /** There has been a connection: other limits hold from now on. */
    void onConnected() {
        if (startup) {
            startup = false;
            onLasting();
        }
    }

    /** Attempts since the connection was lost. */
    int attempts() {
        return attempts;
    }

    /** Whether the log is to be told of the attempt that has just failed. */
    boolean isWarningDue() {
        int every = settings.warnAfterReconnectAttempts();
        return every > 0 && attempts > 0 && attempts % every == 0;
    }

    /** The delay before the next attempt, drawn from the upper half of what is due; {@link #NO_MORE} for none. */
    long next() {
        int max = startup ? firstAndMore(settings.startupMaxReconnectAttempts()) : settings.maxReconnectAttempts();
        if (max != FailoverSettings.NO_LIMIT && attempts >= max) {
            return NO_MORE;
        }
        attempts++;
        if (attempts == 1) {
            return startup ? 0 : settings.initialReconnectDelayMillis();
        }
        double due = nextDelayMillis;
        if (settings.useReconnectBackOff()) {
            nextDelayMillis =
                    Math.min(due * settings.reconnectBackOffMultiplier(), (double) settings.maxReconnectDelayMillis());
        }
        // So that not all clients of a broker that was lost come in the same moment.
        return Math.round(due * (1 + random.nextDouble()) / 2);
    }

    /** The first attempt of all is none to connect again. */
    private static int firstAndMore(int more) {
        return more == FailoverSettings.NO_LIMIT || more == Integer.MAX_VALUE ? more : more + 1;
    }
}
