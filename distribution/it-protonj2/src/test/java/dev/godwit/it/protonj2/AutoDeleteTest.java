package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DurabilityMode;
import org.apache.qpid.protonj2.client.ExpiryPolicy;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queues and topics that were made on demand, and go when nobody uses them. */
@Timeout(60)
final class AutoDeleteTest {
    private static final long SOON_SECONDS = 10;
    private static final long AFTER_MILLIS = 1_000;
    private static final Duration LONG_ENOUGH = Duration.ofMillis(3 * AFTER_MILLIS);
    private static final String QUEUE = "fleeting.orders";
    private static final String TOPIC = "fleeting.news";
    private static final String DECLARED = "fleeting.declared";

    @TempDir
    private Path data;

    private Client client;
    private Broker broker;
    private Connection connection;

    @BeforeEach
    void start() throws Exception {
        client = Client.create();
        startBroker();
    }

    private void startBroker() throws Exception {
        var defaults = BrokerConfiguration.defaults(data).withPort(0);
        var queues = defaults.queues();
        broker = Broker.start(defaults.withQueues(new BrokerConfiguration.Queues(
                queues.autoCreation(),
                List.of(DECLARED),
                List.of(),
                queues.deadLetterAddress(),
                queues.deliveryAttemptsMax(),
                queues.messageMemoryBytesMax(),
                List.of(new AddressPolicy(
                        "fleeting.*", AddressSettings.NONE.with(AddressSetting.AUTO_DELETE_AFTER, AFTER_MILLIS))))));
        connection = client.connect("127.0.0.1", broker.port());
    }

    @AfterEach
    void stop() {
        connection.close();
        client.close();
        broker.close();
    }

    private boolean isThere(String queue) {
        return broker.queueStatistics().join().stream()
                .anyMatch(each -> each.queue().equals(queue));
    }

    private void send(String address, String body) throws ClientException {
        var sender = connection.openSender(address);
        sender.send(Message.create(body).durable(true)).awaitAccepted();
        sender.close();
    }

    private static Delivery next(Receiver receiver) throws ClientException {
        return Objects.requireNonNull(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS), "a message");
    }

    @Test
    void emptyQueueThatNobodyUsesGoesAndComesBack() throws Exception {
        send(QUEUE, "a");
        var relay = connection.openAnonymousSender();
        relay.send(Message.create("b").durable(true).to(QUEUE)).awaitAccepted();
        // It holds messages, and a producer without an address of its own has sent there.
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> isThere(QUEUE));
        assertThat(isMadeOnDemand(QUEUE)).isEqualTo(true);
        assertThat(isMadeOnDemand(DECLARED)).isEqualTo(false);
        var receiver = connection.openReceiver(QUEUE);
        next(receiver);
        next(receiver);
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> isThere(QUEUE));
        receiver.close();
        relay.close();
        await().until(() -> !isThere(QUEUE));
        assertThat(isThere(DECLARED)).isTrue();

        send(QUEUE, "c");
        connection.close();
        broker.close();
        startBroker();
        assertThat(isThere(QUEUE)).isTrue();
        assertThat(isMadeOnDemand(QUEUE)).isEqualTo(true);
        var again = connection.openReceiver(QUEUE);
        assertThat(next(again).message().body()).isEqualTo("c");
        again.close();
        await().until(() -> !isThere(QUEUE));
        connection.close();
        broker.close();
        startBroker();
        assertThat(isThere(QUEUE)).isFalse();
    }

    @Test
    void clientsThatComeAndGoAllTheTimeLoseNothing() throws Exception {
        for (int i = 0; i < 30; i++) {
            send(QUEUE, "message " + i);
            var receiver = connection.openReceiver(QUEUE);
            assertThat(next(receiver).message().body()).isEqualTo("message " + i);
            receiver.close();
            if (i % 10 == 9) {
                await().until(() -> !isThere(QUEUE));
            }
        }
    }

    @Test
    void topicStaysWhileSomebodyHasSubscribedToIt() throws Exception {
        var durable = new ReceiverOptions().linkName("reader");
        durable.sourceOptions().expiryPolicy(ExpiryPolicy.NEVER).durabilityMode(DurabilityMode.UNSETTLED_STATE);
        var reader = connection.openReceiver("topic://" + TOPIC, durable);
        reader.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        reader.detachAsync().get(SOON_SECONDS, TimeUnit.SECONDS);
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> !isFreeForAQueue());
        send("topic://" + TOPIC, "a");
        var again = connection.openReceiver("topic://" + TOPIC, durable);
        assertThat(next(again).message().body()).isEqualTo("a");
        again.close();
        await().until(this::isFreeForAQueue);
    }

    private boolean isFreeForAQueue() {
        try {
            var receiver = connection.openReceiver("queue://" + TOPIC);
            receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
            receiver.close();
            return true;
        } catch (Exception refused) {
            return false;
        }
    }

    private Object isMadeOnDemand(String queue) throws ClientException {
        var answers = connection.openDynamicReceiver();
        connection
                .openSender("$management")
                .send(Message.create((Object) null)
                        .messageId(UUID.randomUUID().toString())
                        .property("operation", "READ")
                        .property("type", "queue")
                        .property("name", queue)
                        .replyTo(answers.address()))
                .awaitAccepted();
        var answer = next(answers).message();
        assertThat(answer.property("statusCode")).isEqualTo(200);
        return Objects.requireNonNull(((Map<?, ?>) answer.body()).get("madeOnDemand"));
    }

    @Test
    void producerThatIsAttachedKeepsItsQueue() throws Exception {
        var sender = connection.openSender(QUEUE);
        sender.send(Message.create("a").durable(true)).awaitAccepted();
        var receiver = connection.openReceiver(QUEUE);
        next(receiver).accept();
        receiver.close();
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> isThere(QUEUE));
        sender.send(Message.create("b").durable(true)).awaitAccepted();
        assertThatThrownBy(() ->
                        connection.openReceiver("topic://" + QUEUE).openFuture().get())
                .hasMessageContaining("queue");
    }
}
