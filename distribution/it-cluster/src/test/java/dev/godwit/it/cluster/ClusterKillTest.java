package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The node that serves is killed, or paused, again and again under clients that send and receive: whatever was confirmed is
 * received. The long form is {@code -Dgodwit.cluster.kills=60}.
 */
final class ClusterKillTest {
    private static final int KILLS = Integer.getInteger("godwit.cluster.kills", 3);
    private static final long UNDER_WAY_MILLIS = 50;
    private static final String QUEUE = "large";
    private static final int LARGE_BYTES = 50 << 20;

    @RegisterExtension
    static final ThreeNodes THREE = new ThreeNodes();

    private final NodeProcesses nodes = THREE.nodes();

    @Test
    @Timeout(value = 3_600, unit = TimeUnit.SECONDS)
    void losesNothingConfirmedWhenTheActiveNodeIsKilled() throws Exception {
        List<Long> pausesMillis = new ArrayList<>();
        try (var load = new ConfirmedLoad(nodes.uri(), nodes.uri(), "killed", 0)) {
            for (int kill = 0; kill < KILLS; kill++) {
                load.awaitProgress();
                int active = nodes.awaitActive();
                long killedNanos = System.nanoTime();
                Instant killed = Instant.now();
                nodes.kill(active);
                long pauseMillis = load.awaitConfirmed(killedNanos, UNDER_WAY_MILLIS);
                pausesMillis.add(pauseMillis);
                System.out.println("n" + active + " killed, next confirmed send after " + pauseMillis + " ms; "
                        + FailoverPhases.since(killed, nodes.logs()));
                nodes.restart(active);
                nodes.awaitCopies(3);
            }
            load.finish();
            Collections.sort(pausesMillis);
            System.out.println("cluster kill test: kills=" + KILLS + " " + load
                    + " from kill to the next confirmed send, ms: " + pausesMillis);
        }
    }

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void goesOnWithoutANodeThatStandsStillAndHearsNothingOfItAfterwards() throws Exception {
        try (var load = new ConfirmedLoad(nodes.uri(), nodes.uri(), "paused", 0)) {
            load.awaitProgress();
            int paused = nodes.awaitActive();
            nodes.signal(paused, "STOP");
            long pausedNanos = System.nanoTime();
            // Clients notice by their own heartbeats that nobody answers, or by the time they allow a send.
            await().atMost(Duration.ofMinutes(2)).until(() -> load.lastConfirmedNanos() > pausedNanos + 3_000_000_000L);
            nodes.signal(paused, "CONT");
            await().atMost(Duration.ofSeconds(60)).until(() -> !nodes.serves(paused));
            nodes.awaitCopies(3);
            load.finish();
        }
    }

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void handsOverWhenTheActiveNodeIsStopped() throws Exception {
        try (var load = new ConfirmedLoad(nodes.uri(), nodes.uriOf(nodes.awaitActive()), "stopped", 0)) {
            load.awaitProgress();
            int active = nodes.awaitActive();
            nodes.stop(active);
            assertThat(nodes.awaitActive()).isNotEqualTo(active);
            load.awaitProgress();
            nodes.restart(active);
            nodes.awaitCopies(3);
            load.finish();
        }
    }

    /** It goes from node to node in parts. */
    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void keepsAMessageLargerThanALineBetweenNodesTakesInOne() throws Exception {
        byte[] body = new byte[LARGE_BYTES];
        new Random(LARGE_BYTES).nextBytes(body);
        try (Connection connection = new GodwitConnectionFactory(nodes.uri()).createConnection();
                Session session = connection.createSession();
                MessageProducer producer = session.createProducer(session.createQueue(QUEUE))) {
            connection.start();
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            producer.send(message);
            int active = nodes.awaitActive();
            nodes.kill(active);
            try (MessageConsumer consumer = session.createConsumer(session.createQueue(QUEUE))) {
                Message received = consumer.receive(TimeUnit.MINUTES.toMillis(2));
                assertThat(received).isNotNull();
                assertThat(Arrays.equals(received.getBody(byte[].class), body)).isTrue();
            } finally {
                nodes.restart(active);
            }
        }
    }
}
