package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.BrokerProcess;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that have nothing are given what is alive: one whose disk was lost, and those that come to a broker that stood alone. */
final class EmptiedNodeTest {
    private static final String[] SMALL = {"--set", "journal.segment-size=1MiB", "--set", "cluster.log-tail=2MiB"};
    private static final int BACKLOG = 2_000;
    private static final String BACKLOG_QUEUE = "backlog";

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 900, unit = TimeUnit.SECONDS)
    void givesALostNodeEverythingAndThenGoesOnWithIt() throws Exception {
        try (var nodes = new NodeProcesses(directory, 3, SMALL)) {
            sendBacklog(nodes.uri());
            try (var load = new ConfirmedLoad(nodes.uri(), nodes.uri(), "orders", 2_000)) {
                load.awaitProgress();
                int active = nodes.awaitActive();
                int lost = (active + 1) % 3;
                int other = (active + 2) % 3;
                String before = nodes.journalOf(lost);
                nodes.kill(lost);
                nodes.empty(lost);
                long oldestActive = nodes.oldestSegment(active);
                long oldestOther = nodes.oldestSegment(other);
                // Nothing is kept for the one that is away.
                await().atMost(Duration.ofMinutes(3))
                        .until(() -> nodes.oldestSegment(active) > oldestActive + 4
                                && nodes.oldestSegment(other) > oldestOther + 4);
                load.awaitProgress();
                nodes.restart(lost);
                await().atMost(Duration.ofMinutes(3)).until(() -> nodes.votesEverywhere(lost, before));
                nodes.awaitCopies(3);
                long beginNanos = System.nanoTime();
                nodes.kill(nodes.awaitActive());
                await().atMost(Duration.ofSeconds(90)).until(() -> load.lastConfirmedNanos() > beginNanos + 50_000_000);
                load.awaitProgress();
                // Now the one that was given everything is needed for each majority.
                assertThat(nodes.awaitActive()).isIn(lost, other);
                load.finish();
                System.out.println("emptied node test: " + load);
            }
            assertThat(receiveBacklog(nodes.uri())).isEqualTo(BACKLOG);
        }
    }

    /** What a broker that stood alone has is what a cluster begins with. */
    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void makesABrokerThatStoodAloneTheFirstNodeOfACluster() throws Exception {
        try (var alone = BrokerProcess.start(
                directory.resolve("n0"), 0, "--set", "node.name=n0", "--set", "journal.segment-size=1MiB")) {
            sendBacklog(alone.uri());
        }
        try (var nodes = new NodeProcesses(directory, 3, SMALL)) {
            assertThat(nodes.awaitActive()).isZero();
            nodes.kill(0);
            assertThat(receiveBacklog(nodes.uri())).isEqualTo(BACKLOG);
        }
    }

    private static void sendBacklog(String uri) throws Exception {
        try (Connection connection = ConfirmedLoad.connect(uri);
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(session.createQueue(BACKLOG_QUEUE))) {
            for (int i = 0; i < BACKLOG; i++) {
                producer.send(session.createTextMessage(i + "x".repeat(1_000)));
                if (i % 100 == 99) {
                    session.commit();
                }
            }
        }
    }

    /** How many of them come, in their order. */
    private static int receiveBacklog(String uri) throws Exception {
        try (Connection connection = ConfirmedLoad.connect(uri);
                Session session = connection.createSession();
                MessageConsumer consumer = session.createConsumer(session.createQueue(BACKLOG_QUEUE))) {
            int count = 0;
            for (var message = consumer.receive(30_000); message != null; message = consumer.receive(2_000)) {
                assertThat(message.getBody(String.class)).isEqualTo(count + "x".repeat(1_000));
                count++;
            }
            return count;
        }
    }
}
