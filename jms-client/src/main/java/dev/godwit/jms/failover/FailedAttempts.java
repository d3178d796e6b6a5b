package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What came of the attempts to connect that failed. Refusals are remembered beside the last failure: one node that nobody
 * trusts may be all that is wrong, while the others are only away. Changed by the loop, read by any thread.
 */
final class FailedAttempts {
    /** How many refusals are named. */
    private static final int REFUSALS_MAX = 8;

    private static final Set<Reason> REFUSALS = EnumSet.of(Reason.SECURITY, Reason.NO_MECHANISM, Reason.UNTRUSTED);

    private volatile ProviderException last =
            new ProviderException(Reason.CONNECTION_LOST, "there has been no attempt");

    /** Those since the last connection that waiting does not mend, the latest first: each word once, and not all of many. */
    private volatile List<ProviderException> refusals = List.of();

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
            refusals = Stream.concat(Stream.of(failure), others(failure))
                    .limit(REFUSALS_MAX)
                    .toList();
        } else {
            allRefused = false;
        }
    }

    /** Refusals that say something else. */
    private Stream<ProviderException> others(ProviderException than) {
        return refusals.stream().filter(each -> !Objects.equals(each.getMessage(), than.getMessage()));
    }

    private static boolean isRefusal(ProviderException failure) {
        return REFUSALS.contains(failure.reason());
    }

    /** There is a connection: what kept us from other nodes is forgotten. */
    void onConnected() {
        refusals = List.of();
    }

    /** Whether every node of this round has refused us, or could not be trusted. */
    boolean isRefusedByAll() {
        return allRefused;
    }

    ProviderException last() {
        return last;
    }

    /** The last failure, and the refusals before it, for a human. */
    String describe() {
        ProviderException latest = last;
        String before = others(latest).map(ProviderException::getMessage).collect(Collectors.joining("; and: "));
        return before.isEmpty()
                ? String.valueOf(latest.getMessage())
                : latest.getMessage() + "; before that: " + before;
    }

    /** The last failure, saying what {@link #describe} says. */
    ProviderException all() {
        return new ProviderException(last.reason(), describe(), last);
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
