package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.history.History;
import dev.godwit.it.history.HistoryChecker;
import dev.godwit.it.history.Verdict;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.ConnectionFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * All sorts of things happen to the nodes of a cluster while Qpid JMS and our client send, receive and move messages:
 * nothing confirmed is lost, nothing settled comes again, order is kept, and no transaction is torn. Rerun one that failed with
 * {@code -Dgodwit.seed=<seed>}; the long form is {@code -Dgodwit.cluster.minutes=30}, and
 * {@code -Dgodwit.cluster.troubles=KILL_ACTIVE,UNPLUG_ACTIVE} lets only those happen.
 */
final class ClusterTroubleTest {
    private static final long MINUTES = Long.getLong("godwit.cluster.minutes", 1);
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int CONFIRMED_AFTER_MILLIS = 50;

    private final long seed = Long.getLong("godwit.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final History history = new History();
    private final AtomicLong lastConfirmedNanos = new AtomicLong();
    private final Map<Trouble, List<Long>> pausesMillis = new EnumMap<>(Trouble.class);
    private final List<NumberedFlow> flows = new ArrayList<>();

    /** What nodes said is kept when they did wrong. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    @Test
    @Timeout(value = 90, unit = TimeUnit.MINUTES)
    void losesTearsAndRepeatsNothing() throws Exception {
        try (var nodes = begin()) {
            long untilNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
            var qpid = qpid(nodes.uri());
            var ours = ours(nodes.uri());
            try (var ring = new TokenRing(List.of(qpid, ours));
                    var first = new NumberedFlow(0, qpid, qpid, history, lastConfirmedNanos);
                    var second = new NumberedFlow(1, ours, ours, history, lastConfirmedNanos);
                    var third = new NumberedFlow(2, qpid, ours, history, lastConfirmedNanos);
                    var fourth = new NumberedFlow(3, ours, qpid, history, lastConfirmedNanos)) {
                flows.addAll(List.of(first, second, third, fourth));
                awaitProgress(ring);
                List<Trouble> ahead = new ArrayList<>();
                while (System.nanoTime() < untilNanos) {
                    if (ahead.isEmpty()) {
                        ahead.addAll(troubles());
                        Collections.shuffle(ahead, random);
                    }
                    Trouble trouble = ahead.remove(0);
                    happens(nodes, trouble);
                    awaitProgress(ring);
                    assertSoundSoFar(trouble);
                }
                assertSound(ring);
            }
        }
    }

    private TroubledNodes begin() throws InterruptedException {
        try {
            return TroubledNodes.begin(directory, random);
        } catch (IOException notHere) {
            System.out.println("cluster trouble test: skipped, " + notHere.getMessage());
            return Assumptions.abort(notHere.getMessage());
        }
    }

    private static List<Trouble> troubles() {
        String chosen = System.getProperty("godwit.cluster.troubles", "");
        return chosen.isEmpty()
                ? List.of(Trouble.values())
                : List.of(chosen.split(",")).stream().map(Trouble::valueOf).toList();
    }

    private static ConnectionFactory qpid(String uri) {
        return new JmsConnectionFactory(
                TroubledNodes.USER,
                TroubledNodes.PASSWORD,
                uri + "&failover.maxReconnectAttempts=-1&jms.prefetchPolicy.all=50");
    }

    private static ConnectionFactory ours(String uri) {
        return new GodwitConnectionFactory(
                TroubledNodes.USER, TroubledNodes.PASSWORD, uri + "&jms.prefetchPolicy.all=50");
    }

    private void happens(TroubledNodes nodes, Trouble trouble) throws Exception {
        var pauseMillis = new AtomicLong(-1);
        nodes.happens(trouble, () -> {
            long beginNanos = System.nanoTime();
            awaitConfirmedSince(beginNanos);
            pauseMillis.compareAndSet(-1, TimeUnit.NANOSECONDS.toMillis(lastConfirmedNanos.get() - beginNanos));
        });
        pausesMillis.computeIfAbsent(trouble, absent -> new ArrayList<>()).add(pauseMillis.get());
        System.out.println("cluster trouble test: " + trouble + ", next confirmed send after " + pauseMillis + " ms");
    }

    private void awaitConfirmedSince(long nanos) {
        await().pollInterval(Duration.ofMillis(5)).atMost(PATIENCE).until(() -> {
            for (NumberedFlow flow : flows) {
                flow.check();
            }
            return lastConfirmedNanos.get() > nanos + TimeUnit.MILLISECONDS.toNanos(CONFIRMED_AFTER_MILLIS);
        });
    }

    /** Everybody gets on. */
    private void awaitProgress(TokenRing ring) {
        long[] confirmed = flows.stream().mapToLong(NumberedFlow::confirmed).toArray();
        long[] settled = flows.stream().mapToLong(NumberedFlow::settled).toArray();
        long committed = ring.committed();
        await().atMost(PATIENCE).until(() -> {
            ring.check();
            for (int i = 0; i < confirmed.length; i++) {
                flows.get(i).check();
                if (flows.get(i).confirmed() < confirmed[i] + 10 || flows.get(i).settled() < settled[i] + 10) {
                    return false;
                }
            }
            return ring.committed() > committed + 2;
        });
    }

    /** What is still on its way is not lost. */
    private void assertSoundSoFar(Trouble trouble) {
        Verdict verdict = HistoryChecker.check(history.events());
        assertThat(verdict.resurrected() + verdict.phantoms() + verdict.orderBreaks())
                .as("after %s: %s, %s; rerun with -Dgodwit.seed=%d", trouble, verdict, verdict.examples(), seed)
                .isZero();
    }

    private void assertSound(TokenRing ring) throws Exception {
        for (NumberedFlow flow : flows) {
            flow.endSending();
        }
        ring.end();
        await().atMost(PATIENCE)
                .until(() -> HistoryChecker.check(history.events()).lost() == 0);
        long torn = ring.torn();
        Verdict verdict = HistoryChecker.check(history.events());
        long unknown =
                ring.unknown() + flows.stream().mapToLong(NumberedFlow::unknown).sum();
        System.out.println("cluster trouble test: " + verdict + " torn=" + torn + " token-commits=" + ring.committed()
                + " unknown-commits=" + unknown + " seed=" + seed);
        pausesMillis.forEach((trouble, pauses) -> {
            Collections.sort(pauses);
            System.out.println(
                    "cluster trouble test: " + trouble + " ×" + pauses.size() + ", ms until the next confirmed"
                            + " send: p50 " + pauses.get(pauses.size() / 2) + ", max " + pauses.get(pauses.size() - 1));
        });
        assertThat(verdict.isSound())
                .as("%s; rerun with -Dgodwit.seed=%d", verdict.examples(), seed)
                .isTrue();
        assertThat(torn).as("torn transactions").isZero();
        assertThat(verdict.settled()).isPositive();
    }
}
