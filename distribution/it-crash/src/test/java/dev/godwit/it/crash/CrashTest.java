package dev.godwit.it.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.BrokerProcess;
import dev.godwit.it.history.History;
import dev.godwit.it.history.HistoryChecker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.qpid.protonj2.client.Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker process is killed again and again under load. Rerun one that failed with {@code -Dgodwit.seed=<seed>}. */
final class CrashTest {
    private static final int KILLS = Integer.getInteger("godwit.kills", 8);
    private static final int LOAD_MILLIS_MIN = 50;
    private static final int LOAD_MILLIS_MAX = 600;
    private static final int QUIET_MILLIS = 1_000;
    private static final String ONE_CONSUMER = "crash-one";
    private static final String TWO_CONSUMERS = "crash-two";

    private final long seed = Long.getLong("godwit.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final History history = new History();
    private final AtomicLong confirmed = new AtomicLong();
    private final Lives lives = new Lives();

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 240, unit = TimeUnit.SECONDS)
    void keepsWhatItConfirmedThroughKillsUnderLoad() throws Exception {
        var client = Client.create();
        var clients = Executors.newCachedThreadPool();
        var timer = Executors.newSingleThreadScheduledExecutor();
        var working = new ArrayList<Future<?>>();
        int port = 0;
        try {
            for (int life = 1; life <= KILLS; life++) {
                var broker = BrokerProcess.start(data(), port);
                port = broker.port();
                if (life == 1) {
                    load(client, port).forEach(each -> working.add(clients.submit(each)));
                }
                long confirmedBefore = confirmed.get();
                lives.begin(life);
                await().atMost(Duration.ofSeconds(30)).until(() -> confirmed.get() > confirmedBefore);
                int millis = LOAD_MILLIS_MIN + random.nextInt(LOAD_MILLIS_MAX - LOAD_MILLIS_MIN);
                timer.schedule(broker::kill, millis, TimeUnit.MILLISECONDS).get();
            }
            lives.end();
            for (var each : working) {
                each.get(30, TimeUnit.SECONDS);
            }
            drain(client, port);
            assertThatNothingIsLeft(client, port);
        } finally {
            lives.end();
            timer.shutdownNow();
            clients.shutdownNow();
            client.close();
        }

        var verdict = HistoryChecker.check(history.events());
        System.out.println("crash test: kills=" + KILLS + " " + verdict + " seed=" + seed);
        assertThat(verdict.examples())
                .as("violations; rerun with -Dgodwit.seed=" + seed)
                .isEmpty();
        assertThat(verdict.isSound()).isTrue();
        assertThat(verdict.confirmed()).isGreaterThan(KILLS);
        assertThat(verdict.settled()).isGreaterThan(KILLS);
    }

    private Path data() {
        return directory.resolve("data");
    }

    private List<Runnable> load(Client client, int port) {
        var all = new ArrayList<Runnable>();
        for (int number = 0; number < 4; number++) {
            var queue = number % 2 == 0 ? ONE_CONSUMER : TWO_CONSUMERS;
            all.add(new NumberingProducer(client, port, queue, number, lives, history, confirmed::incrementAndGet));
        }
        all.add(consumer(client, port, ONE_CONSUMER, ONE_CONSUMER));
        all.add(consumer(client, port, TWO_CONSUMERS, "crash-two/a").besideOthers());
        all.add(consumer(client, port, TWO_CONSUMERS, "crash-two/b").besideOthers());
        return all;
    }

    private NotingConsumer consumer(Client client, int port, String queue, String scope) {
        return new NotingConsumer(client, port, queue, scope, lives, history, new Random(random.nextLong()));
    }

    private void drain(Client client, int port) throws Exception {
        try (var broker = BrokerProcess.start(data(), port)) {
            consumer(client, port, ONE_CONSUMER, ONE_CONSUMER).drain(QUIET_MILLIS, ONE_CONSUMER);
            consumer(client, port, TWO_CONSUMERS, TWO_CONSUMERS).drain(QUIET_MILLIS, "crash-two/drain");
            broker.kill();
        }
    }

    /** Every settlement of the drain was confirmed before the last kill. */
    private void assertThatNothingIsLeft(Client client, int port) throws Exception {
        try (var broker = BrokerProcess.start(data(), port)) {
            assertThat(broker.port()).isEqualTo(port);
            for (var queue : List.of(ONE_CONSUMER, TWO_CONSUMERS)) {
                assertThat(consumer(client, port, queue, queue).drain(QUIET_MILLIS, queue + "/after"))
                        .isZero();
            }
        }
    }
}
