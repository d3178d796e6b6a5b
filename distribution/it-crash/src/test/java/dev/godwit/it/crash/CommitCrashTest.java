package dev.godwit.it.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.BrokerProcess;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TransactionRolledBackException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker process is killed again and again while clients that survive it commit transactions over queues of several shards. Of each
 * commit its client hears, sooner or later, what became of it: what it was told is what is in the queues, and no commit stays in doubt.
 * Rerun one that failed with {@code -Dgodwit.seed=<seed>}.
 */
final class CommitCrashTest {
    private static final int KILLS = Integer.getInteger("godwit.kills", 8);
    private static final int COMMITTERS = 4;
    private static final int QUIET_MILLIS = 500;
    private static final List<String> QUEUES = List.of("commit-a", "commit-b", "commit-c", "commit-d");
    private static final String TOKENS = "commit-tokens";

    private final long seed = Long.getLong("godwit.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong rolledBack = new AtomicLong();
    private final Lives lives = new Lives();

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void tellsWhatBecameOfEachCommitThroughKills() throws Exception {
        var clients = Executors.newCachedThreadPool();
        var working = new ArrayList<Future<Set<String>>>();
        var data = directory.resolve("data");
        try {
            int port = new KillSeries(data, random, lives, committed).run(KILLS, broker -> {
                for (int committer = 0; committer < COMMITTERS; committer++) {
                    String name = "committer-" + committer;
                    long itsSeed = random.nextLong();
                    sendToken(broker, name);
                    working.add(clients.submit(() -> commitAll(broker.port(), name, new Random(itsSeed))));
                }
            });
            try (var broker = BrokerProcess.start(data, port)) {
                long before = committed.get();
                await().atMost(Duration.ofSeconds(30)).until(() -> committed.get() > before + COMMITTERS);
                lives.end();
                var told = new TreeSet<String>();
                for (var each : working) {
                    told.addAll(each.get(60, TimeUnit.SECONDS));
                }
                System.out.println("commit crash test: kills=" + KILLS + " committed=" + committed + " rolled-back="
                        + rolledBack + " in-doubt=0 seed=" + seed);
                check(broker.uri(), told);
            }
        } finally {
            lives.end();
            clients.shutdownNow();
        }
    }

    private static void sendToken(BrokerProcess broker, String committer) {
        try (JMSContext context = new GodwitConnectionFactory(broker.uri()).createContext()) {
            context.createProducer().send(context.createQueue(TOKENS + committer), committer);
        }
    }

    /** Returns the names of the transactions of which it was told that they were committed. One in doubt ends it. */
    private Set<String> commitAll(int port, String name, Random itsRandom) throws JMSException {
        var told = new TreeSet<String>();
        var uri = "failover:(amqp://127.0.0.1:" + port + ")?failover.maxReconnectDelay=100";
        try (var connection = new GodwitConnectionFactory(uri).createConnection()) {
            connection.start();
            Session session = connection.createSession(Session.SESSION_TRANSACTED);
            var tokens = session.createQueue(TOKENS + name);
            MessageConsumer consumer = session.createConsumer(tokens);
            var producer = session.createProducer(null);
            for (int number = 0; !lives.isOver(); number++) {
                String transaction = name + '/' + number;
                try {
                    var token = consumer.receive(1_000);
                    if (token != null) {
                        producer.send(tokens, token);
                        producer.send(session.createQueue(anyQueue(itsRandom)), session.createTextMessage(transaction));
                        producer.send(session.createQueue(anyQueue(itsRandom)), session.createTextMessage(transaction));
                    }
                    session.commit();
                    if (token != null) {
                        told.add(transaction);
                        committed.incrementAndGet();
                    }
                } catch (TransactionRolledBackException known) {
                    rolledBack.incrementAndGet();
                }
            }
        }
        return told;
    }

    private static String anyQueue(Random itsRandom) {
        return QUEUES.get(itsRandom.nextInt(QUEUES.size()));
    }

    /** Each transaction that was committed has its two messages there, and no other has any; each token is there once. */
    private void check(String uri, Set<String> told) {
        String again = "rerun with -Dgodwit.seed=" + seed;
        var found = new ArrayList<String>();
        try (JMSContext context = new GodwitConnectionFactory(uri).createContext()) {
            for (var queue : QUEUES) {
                found.addAll(contents(context, queue));
            }
            for (int committer = 0; committer < COMMITTERS; committer++) {
                assertThat(contents(context, TOKENS + "committer-" + committer))
                        .as(again)
                        .hasSize(1);
            }
        }
        var expected = new ArrayList<>(told);
        expected.addAll(told);
        assertThat(found).as(again).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static List<String> contents(JMSContext context, String queue) {
        var texts = new ArrayList<String>();
        try (JMSConsumer consumer = context.createConsumer(context.createQueue(queue))) {
            for (var text = consumer.receiveBody(String.class, QUIET_MILLIS);
                    text != null;
                    text = consumer.receiveBody(String.class, QUIET_MILLIS)) {
                texts.add(text);
            }
        }
        return texts;
    }
}
