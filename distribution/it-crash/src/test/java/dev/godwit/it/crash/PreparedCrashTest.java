package dev.godwit.it.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.BrokerProcess;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.JMSContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker process is killed again and again while transaction managers move tokens between queues of several shards, in two
 * phases. Each token is in exactly one queue afterwards, and nothing is left prepared. Rerun one that failed with
 * {@code -Dgodwit.seed=<seed>}.
 */
final class PreparedCrashTest {
    private static final int KILLS = Integer.getInteger("godwit.kills", 5);
    private static final int TOKENS = 40;
    private static final int MOVERS = 4;
    private static final int QUIET_MILLIS = 500;
    private static final List<String> QUEUES = List.of("xa-a", "xa-b", "xa-c", "xa-d", "xa-e");
    private static final String DEAD_LETTERS = "DLQ";

    private final long seed = Long.getLong("godwit.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final AtomicLong committed = new AtomicLong();
    private final Lives lives = new Lives();

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 240, unit = TimeUnit.SECONDS)
    void keepsEachTokenOnceThroughKills() throws Exception {
        var movers = Executors.newCachedThreadPool();
        var working = new ArrayList<Future<?>>();
        var data = directory.resolve("data");
        try {
            int port = new KillSeries(data, random, lives, committed).run(KILLS, broker -> {
                sendTokens(broker.uri());
                for (int mover = 1; mover <= MOVERS; mover++) {
                    working.add(movers.submit(new XaTokenMover(
                            broker.uri(),
                            QUEUES,
                            mover,
                            lives,
                            new Random(random.nextLong()),
                            committed::incrementAndGet)));
                }
            });
            try (var broker = BrokerProcess.start(data, port)) {
                lives.begin(KILLS + 1);
                long committedBefore = committed.get();
                await().atMost(Duration.ofSeconds(30)).until(() -> committed.get() > committedBefore + MOVERS);
                lives.end();
                for (var each : working) {
                    each.get(30, TimeUnit.SECONDS);
                }
                check(broker.uri());
            }
        } finally {
            lives.end();
            movers.shutdownNow();
        }
    }

    private static void sendTokens(String uri) {
        try (JMSContext context = new GodwitConnectionFactory(uri).createContext()) {
            for (int token = 0; token < TOKENS; token++) {
                context.createProducer().send(context.createQueue(QUEUES.get(token % QUEUES.size())), "" + token);
            }
        }
    }

    private void check(String uri) throws Exception {
        var factory = new GodwitConnectionFactory(uri);
        try (var context = factory.createXAContext()) {
            assertThat(context.getXAResource().recover(XAResource.TMSTARTRSCAN))
                    .as("left prepared; rerun with -Dgodwit.seed=" + seed)
                    .isEmpty();
        }
        var found = new TreeMap<String, Integer>();
        try (JMSContext context = factory.createContext()) {
            var all = new ArrayList<>(QUEUES);
            all.add(DEAD_LETTERS);
            for (var queue : all) {
                try (var consumer = context.createConsumer(context.createQueue(queue))) {
                    for (var token = consumer.receiveBody(String.class, QUIET_MILLIS);
                            token != null;
                            token = consumer.receiveBody(String.class, QUIET_MILLIS)) {
                        found.merge(token, 1, Integer::sum);
                    }
                }
            }
        }
        System.out.println("prepared crash test: kills=" + KILLS + " committed=" + committed + " tokens=" + TOKENS
                + " found=" + found.size() + " doubled="
                + found.values().stream().filter(times -> times > 1).count() + " seed=" + seed);
        assertThat(found).as("rerun with -Dgodwit.seed=" + seed).hasSize(TOKENS);
        assertThat(found.entrySet()).extracting(Map.Entry::getValue).containsOnly(1);
    }
}
