package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.client.exceptions.ClientLinkRemotelyClosedException;
import org.apache.qpid.protonj2.client.exceptions.ClientTransactionRolledBackException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages that a consumer has to itself for a time, and consumers that have to settle in time. */
@Timeout(60)
final class DeliveryLockTest {
    private static final long SOON_SECONDS = 10;
    private static final long LOCK_MILLIS = 1_000;
    private static final long LONG_LOCK_MILLIS = 3_000;
    private static final String QUEUE = "locked.orders";
    private static final String RENEWED = "renewed.orders";

    @TempDir
    private Path data;

    private Client client;
    private Broker broker;
    private Connection connection;

    @BeforeEach
    void start() throws Exception {
        client = Client.create();
        var defaults = BrokerConfiguration.defaults(data).withPort(0);
        var queues = defaults.queues();
        broker = Broker.start(defaults.withQueues(new BrokerConfiguration.Queues(
                queues.autoCreation(),
                List.of(),
                List.of(),
                queues.deadLetterAddress(),
                queues.deliveryAttemptsMax(),
                queues.messageMemoryBytesMax(),
                List.of(
                        new AddressPolicy(
                                "locked.*", AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS)),
                        new AddressPolicy(
                                "renewed.*", AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LONG_LOCK_MILLIS)),
                        new AddressPolicy(
                                "once.*",
                                AddressSettings.NONE
                                        .with(AddressSetting.LOCK_DURATION, LOCK_MILLIS)
                                        .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 1L)),
                        new AddressPolicy(
                                "timed.*", AddressSettings.NONE.with(AddressSetting.CONSUMER_TIMEOUT, LOCK_MILLIS))))));
        connection = client.connect("127.0.0.1", broker.port());
    }

    @AfterEach
    void stop() {
        connection.close();
        client.close();
        broker.close();
    }

    private void send(String queue, String body) throws ClientException {
        connection.openSender(queue).send(Message.create(body).durable(true)).awaitAccepted();
    }

    private Receiver receiver(String queue, int credit) throws ClientException {
        return connection.openReceiver(
                queue, new ReceiverOptions().autoAccept(false).autoSettle(false).creditWindow(credit));
    }

    private static Delivery next(Receiver receiver) throws ClientException {
        return Objects.requireNonNull(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS), "a message");
    }

    private long count(String queue, ToLongFunction<QueueStatistics> figure) {
        return broker.queueStatistics().join().stream()
                .filter(each -> each.queue().equals(queue))
                .mapToLong(figure)
                .sum();
    }

    private void awaitLost(String queue, long count) {
        await().until(() -> count(queue, QueueStatistics::locksLost) == count);
    }

    @Test
    void messageThatIsNotSettledInTimeIsGivenToAnother() throws Exception {
        long beforeMillis = System.currentTimeMillis();
        send(QUEUE, "a");
        var slow = receiver(QUEUE, 1);
        var lost = next(slow);
        long untilMillis = (Long) lost.message().annotation("x-opt-locked-until");
        assertThat(untilMillis).isBetween(beforeMillis + LOCK_MILLIS, System.currentTimeMillis() + LOCK_MILLIS);
        var quick = receiver(QUEUE, 1);
        var delivery = next(quick);
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(untilMillis);
        assertThat(delivery.message().deliveryCount()).isEqualTo(1);
        delivery.accept();
        await().until(() -> count(QUEUE, QueueStatistics::consumed) == 1);
        lost.accept();
        send(QUEUE, "b");
        assertThat(next(slow).message().body()).isEqualTo("b");
        assertThat(count(QUEUE, QueueStatistics::consumed)).isEqualTo(1);
    }

    @Test
    void largeMessageHasALockToo() throws Exception {
        connection
                .openSender(QUEUE)
                .send(Message.create(new byte[1_500_000]).durable(true))
                .awaitAccepted();
        var slow = receiver(QUEUE, 1);
        assertThat(next(slow).message().hasAnnotation("x-opt-locked-until")).isTrue();
        var again = next(receiver(QUEUE, 1));
        assertThat(again.message().deliveryCount()).isEqualTo(1);
        assertThat((byte[]) again.message().body()).hasSize(1_500_000);
        again.accept();
        await().until(() -> count(QUEUE, QueueStatistics::consumed) == 1);
    }

    @Test
    void consumerThatGivesBackWhatItLostHearsThatItHasLostIt() throws Exception {
        send(QUEUE, "a");
        var slow = receiver(QUEUE, 1);
        var lost = next(slow);
        awaitLost(QUEUE, 1);
        lost.disposition(DeliveryState.released(), false);
        await().until(lost::remoteSettled);
        assertThat(lost.remoteState().getType()).isEqualTo(DeliveryState.Type.REJECTED);
    }

    @Test
    void transactionThatRetiresALostMessageFails() throws Exception {
        send(QUEUE, "a");
        var session = connection.openSession();
        var receiver = session.openReceiver(
                QUEUE, new ReceiverOptions().autoAccept(false).creditWindow(1));
        var lost = next(receiver);
        awaitLost(QUEUE, 1);
        session.beginTransaction();
        lost.accept();
        assertThatThrownBy(session::commitTransaction).isInstanceOf(ClientTransactionRolledBackException.class);
        assertThat(count(QUEUE, QueueStatistics::consumed)).isZero();
    }

    @Test
    void messageWhoseLockRanOutForTheLastTimeIsADeadLetter() throws Exception {
        send("once.orders", "a");
        next(receiver("once.orders", 1));
        var letter = next(receiver("DLQ", 1)).message();
        assertThat(letter.body()).isEqualTo("a");
        assertThat(letter.annotation("x-opt-dead-letter-reason")).hasToString("lock-lost");
        assertThat(letter.annotation("x-opt-dead-letter-condition")).hasToString("godwit:lock-lost");
        assertThat(letter.hasAnnotation("x-opt-locked-until")).isFalse();
    }

    @Test
    void consumerThatDoesNotSettleInTimeIsDetached() throws Exception {
        send("timed.orders", "a");
        var slow = receiver("timed.orders", 10);
        next(slow);
        assertThatThrownBy(() -> slow.receive(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ClientLinkRemotelyClosedException.class)
                .hasMessageContaining("consumer-timeout");
        assertThat(next(receiver("timed.orders", 1)).message().deliveryCount()).isEqualTo(1);
    }

    private Message<?> ask(String node, String operation, String queue, Object tokens) throws ClientException {
        var answers = connection.openDynamicReceiver();
        var request = Message.<Object>create(Map.of("lock-tokens", tokens))
                .messageId(UUID.randomUUID().toString())
                .property("operation", operation)
                .property("name", queue)
                .replyTo(answers.address());
        connection.openSender(node).send(request).awaitAccepted();
        return next(answers).message();
    }

    @Test
    void consumerThatRenewsItsLockKeepsTheMessage() throws Exception {
        send(RENEWED, "a");
        var receiver = receiver(RENEWED, 1);
        var delivery = next(receiver);
        var token = (UUID) delivery.message().annotation("x-opt-lock-token");
        for (int i = 0; i < 3; i++) {
            var answer = i == 1
                    ? ask("$management", "RENEW-LOCK", RENEWED, List.of(token))
                    : ask(RENEWED + "/$management", "com.microsoft:renew-lock", "-", new UUID[] {token});
            assertThat(answer.property("statusCode")).isEqualTo(200);
            @SuppressWarnings("unchecked")
            var body = (Map<String, Object>) answer.body();
            assertThat(body.get("expirations")).isInstanceOf(Object[].class);
            assertThat(receiver.receive(LONG_LOCK_MILLIS / 2, TimeUnit.MILLISECONDS))
                    .isNull();
            assertThat(count(RENEWED, QueueStatistics::locksLost)).isZero();
        }
        delivery.accept();
        await().until(() -> count(RENEWED, QueueStatistics::consumed) == 1);
        var late = ask(RENEWED + "/$management", "com.microsoft:renew-lock", "-", new UUID[] {token});
        assertThat(late.property("statusCode")).isEqualTo(410);
        assertThat(late.property("errorCondition")).hasToString("com.microsoft:message-lock-lost");
    }

    @Test
    void subscriberRenewsItsLockAtTheTopic() throws Exception {
        var topic = "topic://renewed.news";
        var other = receiver(topic, 1);
        var receiver = receiver(topic, 1);
        other.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        send(topic, "a");
        var token = (UUID) next(receiver).message().annotation("x-opt-lock-token");
        next(other).accept();
        var answer = ask("renewed.news/$management", "com.microsoft:renew-lock", "-", new UUID[] {token});
        assertThat(answer.property("statusCode")).isEqualTo(200);
        assertThat(ask("$management", "RENEW-LOCK", "renewed.news", List.of(UUID.randomUUID()))
                        .property("statusCode"))
                .isEqualTo(410);
        assertThat(ask("$management", "RENEW-LOCK", "renewed.news", List.of(token))
                        .property("statusCode"))
                .isEqualTo(200);
    }

    @Test
    void renewalThatNamesNoTokensIsRefused() throws Exception {
        assertThat(ask("$management", "RENEW-LOCK", QUEUE, List.of("nonsense")).property("statusCode"))
                .isEqualTo(400);
        assertThat(ask("$management", "RENEW-LOCK", "nowhere", List.of(UUID.randomUUID()))
                        .property("statusCode"))
                .isEqualTo(404);
    }
}
