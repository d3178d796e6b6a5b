package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.LargeMessageClient.Received;
import dev.godwit.broker.queue.QueueStatistics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages too large to be held whole, through a whole broker. */
class LargeMessageTest {
    private static final int MIB = 1024 * 1024;

    private final List<String> journalFailures = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    private Broker broker;

    @BeforeEach
    void start() throws BrokerStartException {
        broker = Broker.start(BrokerConfiguration.defaults(directory).withPort(0), journalFailures::add);
    }

    @AfterEach
    void stop() {
        broker.close();
        assertThat(journalFailures).isEmpty();
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    private LargeMessageClient client() {
        return new LargeMessageClient(broker.port());
    }

    private QueueStatistics queue(String name) {
        return broker.queueStatistics().join().stream()
                .filter(each -> each.queue().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void send(String queue, int number, long bytes) {
        try (var client = client()) {
            var sending = client.send(client.attachSender(queue), number, bytes);
            await(() -> sending.outcome == Outcome.Accepted.INSTANCE);
        }
    }

    private static Received received(LargeMessageClient client, int count) {
        await(() -> client.received.size() >= count && client.received.get(count - 1).ending != null);
        return client.received.get(count - 1);
    }

    private static void assertIs(Received message, int number, long bytes) {
        assertThat(message.ending).isEqualTo("end");
        assertThat(message.number).isEqualTo(number);
        assertThat(message.bodyBytes).isEqualTo(bytes);
        assertThat(message.correct).isTrue();
    }

    @Test
    void passesThroughAsItWasSent() {
        try (var client = client()) {
            client.attachReceiver("orders", 10);
            var link = client.attachSender("orders");
            client.send(link, 1, 40L * MIB);
            client.send(link, 2, 10);
            client.send(link, 3, 3L * MIB);
            client.send(link, 4, 300_000);

            assertIs(received(client, 1), 1, 40L * MIB);
            assertIs(received(client, 2), 2, 10);
            assertIs(received(client, 3), 3, 3L * MIB);
            assertIs(received(client, 4), 4, 300_000);
            assertThat(client.received).allMatch(message -> message.deliveryCount == 0);
            client.received.forEach(message -> message.settle(Outcome.Accepted.INSTANCE));
            await(() -> queue("orders").consumed() == 4 && queue("orders").acquired() == 0);
            await(() -> client.sendings.stream().allMatch(sending -> sending.outcome == Outcome.Accepted.INSTANCE));
        }
    }

    @Test
    void outlivesARestart() throws Exception {
        send("orders", 1, 5L * MIB);
        send("orders", 2, 6L * MIB);
        try (var client = client()) {
            client.attachReceiver("orders", 1);
            received(client, 1).settle(Outcome.Accepted.INSTANCE);
            await(() -> queue("orders").consumed() == 1);
        }
        stop();
        start();
        assertThat(queue("orders").ready()).isEqualTo(1);
        try (var client = client()) {
            client.attachReceiver("orders", 1);
            assertIs(received(client, 1), 2, 6L * MIB);
        }
    }

    @Test
    void severalPassAtOnce() {
        try (var one = client();
                var two = client()) {
            one.attachReceiver("orders", 10);
            two.attachReceiver("bills", 10);
            one.send(one.attachSender("bills"), 1, 20L * MIB);
            one.send(one.attachSender("orders"), 2, 20L * MIB);
            two.send(two.attachSender("orders"), 3, 20L * MIB);
            two.send(two.attachSender("bills"), 4, 20L * MIB);
            received(one, 2);
            received(two, 2);
            assertThat(one.received).allMatch(message -> message.correct && message.bodyBytes == 20L * MIB);
            assertThat(two.received).allMatch(message -> message.correct && message.bodyBytes == 20L * MIB);
        }
    }

    @Test
    void halfOfAMessageIsNoMessage() {
        try (var client = client()) {
            var aborted = client.send(client.attachSender("orders"), 1, 50L * MIB);
            await(() -> aborted.written > 3L * MIB);
            client.run(() -> {
                aborted.stopped = true;
                Objects.requireNonNull(aborted.stream).abort();
            });
        }
        try (var client = client()) {
            var lost = client.send(client.attachSender("orders"), 2, 50L * MIB);
            await(() -> lost.written > 3L * MIB);
            lost.stopped = true;
        }
        send("orders", 3, 2L * MIB);
        assertThat(queue("orders").ready()).isEqualTo(1);
        try (var client = client()) {
            client.attachReceiver("orders", 10);
            assertIs(received(client, 1), 3, 2L * MIB);
        }
    }

    @Test
    void consumerThatLeavesInTheMiddleGivesItBack() {
        send("orders", 1, 30L * MIB);
        try (var client = client()) {
            client.attachReceiver("orders", 1);
            await(() -> !client.received.isEmpty() && client.received.get(0).bodyBytes > MIB);
        }
        try (var client = client()) {
            client.attachReceiver("orders", 1);
            assertIs(received(client, 1), 1, 30L * MIB);
            assertThat(received(client, 1).firstAcquirer).isFalse();
        }
    }

    @Test
    void isDeliveredAgainAfterItFailed() {
        send("orders", 1, 2L * MIB);
        try (var client = client()) {
            client.attachReceiver("orders", 10);
            received(client, 1).settle(new Outcome.Modified(true, false, Map.of()));
            assertIs(received(client, 2), 1, 2L * MIB);
            assertThat(received(client, 2).deliveryCount).isEqualTo(1);
            received(client, 2).settle(Outcome.Released.INSTANCE);
            assertIs(received(client, 3), 1, 2L * MIB);
            received(client, 3).settle(Outcome.Accepted.INSTANCE);
            await(() -> queue("orders").consumed() == 1);
        }
    }

    @Test
    void rejectedGoesToTheDeadLetters() {
        send("orders", 1, 20L * MIB);
        try (var client = client()) {
            client.attachReceiver("orders", 10);
            received(client, 1).settle(new Outcome.Rejected(null));
            client.attachReceiver("DLQ", 10);
            assertIs(received(client, 2), 1, 20L * MIB);
            await(() -> queue("orders").acquired() + queue("orders").ready() == 0);
        }
    }

    @Test
    void tooLargeMessageDetachesItsLink() {
        try (var client = client()) {
            client.send(client.attachSender("orders"), 1, 101L * MIB);
            await(() -> !client.detached.isEmpty());
            assertThat(client.detached).containsExactly("to-orders amqp:link:message-size-exceeded");
        }
    }
}
