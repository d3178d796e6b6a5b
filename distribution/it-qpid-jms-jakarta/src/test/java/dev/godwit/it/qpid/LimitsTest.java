package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.SlowConsumer;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses that take only so much: at once, in a second, or in one message; with both clients. */
@Timeout(120)
final class LimitsTest {
    private static final long SOON_MILLIS = 10_000;
    private static final int BODY_BYTES = 10_000;
    private static final long PER_SECOND = 100;

    @RegisterExtension
    static final EmbeddedBroker BROKER = EmbeddedBroker.withPolicies(
            new AddressPolicy("full.block.*", full(WhenFull.BLOCK)),
            new AddressPolicy("full.reject.*", full(WhenFull.REJECT)),
            new AddressPolicy("full.ring.*", full(WhenFull.DROP_OLDEST)),
            new AddressPolicy("slow.*", AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, PER_SECOND)),
            new AddressPolicy(
                    "lazy.*",
                    AddressSettings.NONE
                            .with(AddressSetting.SLOW_CONSUMER, SlowConsumer.DETACH)
                            .with(AddressSetting.SLOW_CONSUMER_RATE, 10.0)
                            .with(AddressSetting.SLOW_CONSUMER_PERIOD, 500L)),
            new AddressPolicy("short.*", AddressSettings.NONE.with(AddressSetting.MAX_MESSAGE_SIZE, 2_000L)));

    /** Room for five messages. */
    private static AddressSettings full(WhenFull whenFull) {
        return AddressSettings.NONE
                .with(AddressSetting.MAX_BYTES, 5L * BODY_BYTES + 5_000)
                .with(AddressSetting.WHEN_FULL, whenFull);
    }

    private static BytesMessage message(Session session, int number, int bytes) throws JMSException {
        var message = session.createBytesMessage();
        message.writeBytes(new byte[bytes]);
        message.setIntProperty("number", number);
        return message;
    }

    private static List<Integer> receive(Session session, String queue, int count) throws JMSException {
        var numbers = new ArrayList<Integer>();
        try (var consumer = session.createConsumer(session.createQueue(queue))) {
            for (int i = 0; i < count; i++) {
                var message = consumer.receive(SOON_MILLIS);
                assertThat(message).as("message %d of %s", i, queue).isNotNull();
                numbers.add(message.getIntProperty("number"));
            }
        }
        return numbers;
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void whoSendsToAFullQueueWaitsForRoom(JmsClient client) throws Exception {
        var queue = "full.block." + client;
        var sent = new AtomicLong();
        var failure = new ArrayList<JMSException>();
        try (var connection = client.connect(BROKER.uri());
                var others = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue(queue));
            var sender = new Thread(() -> {
                try {
                    for (int number = 0; number < 8; number++) {
                        producer.send(message(session, number, BODY_BYTES));
                        sent.incrementAndGet();
                    }
                } catch (JMSException failed) {
                    failure.add(failed);
                }
            });
            sender.start();
            await().until(() -> sent.get() == 5);
            await().during(Duration.ofMillis(300)).atMost(Duration.ofSeconds(5)).until(() -> sent.get() == 5);
            assertThat(receive(others.createSession(), queue, 8)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            sender.join(SOON_MILLIS);
            assertThat(sent).hasValue(8);
            assertThat(failure).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void theNumberOfBytesIsKnownAfterARestart(JmsClient client) throws Exception {
        var queue = "full.reject." + client;
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue(queue));
            for (int number = 0; number < 4; number++) {
                producer.send(message(session, number, BODY_BYTES));
            }
        }
        BROKER.restart();
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue(queue));
            producer.send(message(session, 4, BODY_BYTES));
            assertThatThrownBy(() -> producer.send(message(session, 5, BODY_BYTES)))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("resource-limit-exceeded");
            assertThat(receive(session, queue, 5)).containsExactly(0, 1, 2, 3, 4);
            producer.send(message(session, 6, BODY_BYTES));
            assertThat(receive(session, queue, 1)).containsExactly(6);
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void aRingKeepsTheNewestBytes(JmsClient client) throws Exception {
        var queue = "full.ring." + client;
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue(queue));
            for (int number = 0; number < 50; number++) {
                producer.send(message(session, number, BODY_BYTES));
            }
            assertThat(receive(session, queue, 5)).containsExactly(45, 46, 47, 48, 49);
        }
    }

    /** Two producers share what may come; one that sends elsewhere on the same connection does not feel it. */
    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void producersTogetherKeepToTheRateOfAnAddress(JmsClient client) throws Exception {
        var stop = new AtomicBoolean();
        try (var first = client.connect(BROKER.uri());
                var second = client.connect(BROKER.uri())) {
            var slow = List.of(new Load(first, "slow." + client, stop), new Load(second, "slow." + client, stop));
            var fast = new Load(first, "fast." + client, stop);
            long beginNanos = System.nanoTime();
            slow.forEach(Thread::start);
            fast.start();
            // The first second's worth may come at once.
            await().atMost(Duration.ofSeconds(60)).until(() -> sum(slow) >= 6 * PER_SECOND);
            double seconds = (System.nanoTime() - beginNanos) / 1e9;
            long came = sum(slow);
            assertThat(came).isLessThanOrEqualTo((long) (PER_SECOND * (seconds + 1) * 1.05) + 20);
            assertThat(slow).allSatisfy(each -> assertThat(each.sent.get()).isGreaterThan(came / 4));
            assertThat(fast.sent.get()).as("to another address").isGreaterThan(came * 3 / 4);
            stop.set(true);
            for (var each : List.of(slow.get(0), slow.get(1), fast)) {
                each.join(SOON_MILLIS);
                assertThat(each.failure).isEmpty();
            }
        }
    }

    private static long sum(List<Load> loads) {
        return loads.stream().mapToLong(each -> each.sent.get()).sum();
    }

    /** Sends as fast as it may. */
    private static final class Load extends Thread {
        final AtomicLong sent = new AtomicLong();
        final List<JMSException> failure = new ArrayList<>();
        private final Connection connection;
        private final String queue;
        private final AtomicBoolean stop;

        Load(Connection connection, String queue, AtomicBoolean stop) {
            super("load-" + queue);
            this.connection = connection;
            this.queue = queue;
            this.stop = stop;
        }

        @Override
        public void run() {
            try (var session = connection.createSession()) {
                var producer = session.createProducer(session.createQueue(queue));
                // Each send waits until the broker has it: what a client gathers meanwhile is not sent yet.
                producer.setDeliveryMode(DeliveryMode.PERSISTENT);
                while (!stop.get()) {
                    producer.send(message(session, 0, 10));
                    sent.incrementAndGet();
                }
            } catch (JMSException failed) {
                failure.add(failed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void aSlowConsumerIsDetachedAndOthersGetWhatItHad(JmsClient client) throws Exception {
        var queue = "lazy." + client;
        try (var connection = client.connect(BROKER.uri());
                var others = client.connect(BROKER.uri())) {
            var session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
            var producer = session.createProducer(session.createQueue(queue));
            var slow = session.createConsumer(session.createQueue(queue));
            for (int number = 0; number < 20; number++) {
                producer.send(message(session, number, 10));
            }
            assertThat(slow.receive(SOON_MILLIS)).isNotNull();
            assertThat(receive(others.createSession(), queue, 20)).hasSize(20).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void aMessageThatIsTooLongForItsAddressFails(JmsClient client) throws Exception {
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue("short." + client));
            producer.send(message(session, 1, 1_000));
            assertThatThrownBy(() -> producer.send(message(session, 2, 3_000))).isInstanceOf(JMSException.class);
            assertThat(receive(session, "short." + client, 1)).containsExactly(1);
            var anonymous = session.createProducer(null);
            var queue = session.createQueue("short." + client);
            assertThatThrownBy(() -> anonymous.send(queue, message(session, 3, 3_000)))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("message-size-exceeded");
            anonymous.send(queue, message(session, 4, 1_000));
            assertThat(receive(session, "short." + client, 1)).containsExactly(4);
        }
    }
}
