package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What came of the attempts to connect that failed. A refusal is remembered beside the last failure: one node that nobody
 * trusts may be all that is wrong, while the others are only away. Changed by the loop, read by any thread.
 */
final class FailedAttempts {
    private static final Set<Reason> REFUSALS = EnumSet.of(Reason.SECURITY, Reason.NO_MECHANISM, Reason.UNTRUSTED);

    private volatile ProviderException last =
            new ProviderException(Reason.CONNECTION_LOST, "there has been no attempt");

    /** The last one that waiting does not mend; null when there was none since the last connection. */
    private volatile @Nullable ProviderException refusal;

    /** When the search began, on the clock of {@link System#nanoTime}. */
    private volatile long searchBeganNanos = System.nanoTime();

    private volatile int attempts;
    private boolean allRefused;

    /** A connection was lost, and another is looked for. */
    void beginSearch(ProviderException loss) {
        last = loss;
        searchBeganNanos = System.nanoTime();
    }

    /** How many attempts there have been, with the one that begins. */
    void onAttempt(int count) {
        attempts = count;
    }

    void beginRound() {
        allRefused = true;
    }

    void add(ProviderException failure) {
        last = failure;
        if (isRefusal(failure)) {
            refusal = failure;
        } else {
            allRefused = false;
        }
    }

    private static boolean isRefusal(ProviderException failure) {
        return REFUSALS.contains(failure.reason());
    }

    /** There is a connection: what kept us from other nodes is forgotten. */
    void onConnected() {
        refusal = null;
    }

    /** Whether every node of this round has refused us, or could not be trusted. */
    boolean isRefusedByAll() {
        return allRefused;
    }

    ProviderException last() {
        return last;
    }

    /** The last failure, and the refusal before it, for a human. */
    String describe() {
        ProviderException before = refusal;
        return before == null || before == last
                ? String.valueOf(last.getMessage())
                : last.getMessage() + "; before that: " + before.getMessage();
    }

    /**
     * How the search is going, for a human.
     *
     * @param broker that was connected last; empty for none
     */
    String status(String broker) {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - searchBeganNanos);
        return "not connected for " + millis + " ms" + (broker.isEmpty() ? "" : ", last to " + broker) + "; " + attempts
                + " attempts, of which the last failed: " + describe();
    }
}
