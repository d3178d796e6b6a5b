package dev.godwit.it.crash;

import static org.awaitility.Awaitility.await;

import dev.godwit.it.BrokerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Starts a broker on the same data and port again and again, and kills it while its clients commit. Used by one thread. */
final class KillSeries {
    private static final int LOAD_MILLIS_MIN = 50;
    private static final int LOAD_MILLIS_MAX = 600;

    private final Path data;
    private final Random random;
    private final Lives lives;
    private final AtomicLong committed;

    /** @param committed what the clients count; a broker is killed some time after it has grown */
    KillSeries(Path data, Random random, Lives lives, AtomicLong committed) {
        this.data = data;
        this.random = random;
        this.lives = lives;
        this.committed = committed;
    }

    /** Those who work while brokers are killed. */
    interface Clients {
        /** The first broker is there; the others will be at the same port. */
        void begin(BrokerProcess broker) throws Exception;
    }

    /** Returns the port. No broker runs then. */
    int run(int kills, Clients clients) throws Exception {
        var timer = Executors.newSingleThreadScheduledExecutor();
        int port = 0;
        try {
            for (int life = 1; life <= kills; life++) {
                var broker = BrokerProcess.start(data, port);
                port = broker.port();
                if (life == 1) {
                    clients.begin(broker);
                }
                long before = committed.get();
                lives.begin(life);
                await().atMost(Duration.ofSeconds(30)).until(() -> committed.get() > before);
                int millis = LOAD_MILLIS_MIN + random.nextInt(LOAD_MILLIS_MAX - LOAD_MILLIS_MIN);
                timer.schedule(broker::kill, millis, TimeUnit.MILLISECONDS).get();
            }
        } finally {
            timer.shutdownNow();
        }
        return port;
    }
}
