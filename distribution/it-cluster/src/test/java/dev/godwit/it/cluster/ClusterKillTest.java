package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The node that serves is killed, or paused, again and again under clients that send and receive: whatever was confirmed is
 * received. The long form is {@code -Dgodwit.cluster.kills=60}.
 */
final class ClusterKillTest {
    private static final int KILLS = Integer.getInteger("godwit.cluster.kills", 5);
    private static final int PRODUCERS = 3;
    private static final String QUEUE = "orders";
    private static final int LARGE_BYTES = 50 << 20;

    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final AtomicBoolean over = new AtomicBoolean();

    /** Nothing is confirmed any more. */
    private final AtomicBoolean allSent = new AtomicBoolean();

    private final AtomicLong lastConfirmedNanos = new AtomicLong();
    private final Set<String> confirmed = ConcurrentHashMap.newKeySet();
    private final Set<String> received = ConcurrentHashMap.newKeySet();
    private final AtomicLong deliveries = new AtomicLong();

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 1_200, unit = TimeUnit.SECONDS)
    void losesNothingConfirmedWhenTheActiveNodeIsKilled() throws Exception {
        List<Long> pausesMillis = new ArrayList<>();
        try (var nodes = new NodeProcesses(directory, 3);
                Connection producing = connect(nodes.uri());
                Connection consuming = connect(nodes.uri())) {
            List<Future<?>> working = begin(producing, consuming);
            for (int kill = 0; kill < KILLS; kill++) {
                awaitProgress();
                int active = nodes.awaitActive();
                long beginNanos = System.nanoTime();
                nodes.kill(active);
                await().pollInterval(Duration.ofMillis(5))
                        .atMost(Duration.ofSeconds(90))
                        .until(() -> lastConfirmedNanos.get() > beginNanos + 50_000_000);
                pausesMillis.add((lastConfirmedNanos.get() - beginNanos) / 1_000_000);
                nodes.restart(active);
                nodes.awaitCopies(3);
            }
            finish(working);
        } finally {
            over.set(true);
            clients.shutdownNow();
        }
        Collections.sort(pausesMillis);
        System.out.println("cluster kill test: kills=" + KILLS + " confirmed=" + confirmed.size() + " received="
                + received.size() + " deliveries=" + deliveries + " from kill to the next confirmed send, ms: "
                + pausesMillis);
        assertNothingLost();
    }

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void goesOnWithoutANodeThatStandsStillAndHearsNothingOfItAfterwards() throws Exception {
        try (var nodes = new NodeProcesses(directory, 3);
                Connection producing = connect(nodes.uri());
                Connection consuming = connect(nodes.uri())) {
            List<Future<?>> working = begin(producing, consuming);
            awaitProgress();
            int paused = nodes.awaitActive();
            nodes.signal(paused, "STOP");
            long pausedNanos = System.nanoTime();
            // Clients notice by their own heartbeats that nobody answers, or by the time they allow a send.
            await().atMost(Duration.ofMinutes(2)).until(() -> lastConfirmedNanos.get() > pausedNanos + 3_000_000_000L);
            nodes.signal(paused, "CONT");
            await().atMost(Duration.ofSeconds(60)).until(() -> !nodes.serves(paused));
            nodes.awaitCopies(3);
            finish(working);
        } finally {
            over.set(true);
            clients.shutdownNow();
        }
        assertNothingLost();
    }

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void handsOverWhenTheActiveNodeIsStopped() throws Exception {
        try (var nodes = new NodeProcesses(directory, 3);
                Connection producing = connect(nodes.uri());
                Connection consuming = connect(nodes.uriOf(nodes.awaitActive()))) {
            List<Future<?>> working = begin(producing, consuming);
            awaitProgress();
            int active = nodes.awaitActive();
            nodes.stop(active);
            assertThat(nodes.awaitActive()).isNotEqualTo(active);
            awaitProgress();
            nodes.restart(active);
            nodes.awaitCopies(3);
            finish(working);
        } finally {
            over.set(true);
            clients.shutdownNow();
        }
        assertNothingLost();
    }

    /** It goes from node to node in parts. */
    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void keepsAMessageLargerThanALineBetweenNodesTakesInOne() throws Exception {
        byte[] body = new byte[LARGE_BYTES];
        new Random(LARGE_BYTES).nextBytes(body);
        try (var nodes = new NodeProcesses(directory, 3);
                Connection connection = connect(nodes.uri());
                Session session = connection.createSession();
                MessageProducer producer = session.createProducer(session.createQueue(QUEUE))) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            producer.send(message);
            nodes.kill(nodes.awaitActive());
            try (MessageConsumer consumer = session.createConsumer(session.createQueue(QUEUE))) {
                Message received = consumer.receive(TimeUnit.MINUTES.toMillis(2));
                assertThat(received).isNotNull();
                assertThat(Arrays.equals(received.getBody(byte[].class), body)).isTrue();
            }
        }
    }

    private void assertNothingLost() {
        var lost = new HashSet<>(confirmed);
        lost.removeAll(received);
        assertThat(lost).as("confirmed and lost").isEmpty();
        assertThat(confirmed).isNotEmpty();
    }

    private static Connection connect(String uri) throws JMSException {
        Connection connection = new GodwitConnectionFactory(uri).createConnection();
        connection.start();
        return connection;
    }

    private List<Future<?>> begin(Connection producing, Connection consuming) {
        List<Future<?>> working = new ArrayList<>();
        for (int producer = 0; producer < PRODUCERS; producer++) {
            String name = "p" + producer;
            working.add(clients.submit(() -> {
                produce(producing, name);
                return null;
            }));
        }
        working.add(clients.submit(() -> {
            consume(consuming);
            return null;
        }));
        return working;
    }

    private void produce(Connection connection, String name) throws JMSException {
        try (Session session = connection.createSession();
                MessageProducer producer = session.createProducer(session.createQueue(QUEUE))) {
            for (long number = 0; !over.get(); number++) {
                String text = name + ' ' + number;
                producer.send(session.createTextMessage(text));
                confirmed.add(text);
                lastConfirmedNanos.set(System.nanoTime());
            }
        }
    }

    private void consume(Connection connection) throws JMSException {
        try (Session session = connection.createSession();
                MessageConsumer consumer = session.createConsumer(session.createQueue(QUEUE))) {
            while (!allSent.get() || !received.containsAll(confirmed)) {
                Message message = consumer.receive(500);
                if (message != null) {
                    received.add(message.getBody(String.class));
                    deliveries.incrementAndGet();
                }
            }
        }
    }

    private void awaitProgress() {
        int before = confirmed.size();
        int receivedBefore = received.size();
        await().atMost(Duration.ofSeconds(90))
                .until(() -> confirmed.size() > before + 100 && received.size() > receivedBefore + 100);
    }

    /** Producers end, and what they have sent is received. */
    private void finish(List<Future<?>> working) throws Exception {
        over.set(true);
        for (Future<?> producer : working.subList(0, PRODUCERS)) {
            producer.get(120, TimeUnit.SECONDS);
        }
        allSent.set(true);
        for (Future<?> each : working) {
            each.get(120, TimeUnit.SECONDS);
        }
    }
}
