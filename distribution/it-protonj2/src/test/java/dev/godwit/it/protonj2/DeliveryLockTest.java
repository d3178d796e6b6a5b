package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.client.exceptions.ClientLinkRemotelyClosedException;
import org.apache.qpid.protonj2.client.exceptions.ClientTransactionRolledBackException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that a consumer has to itself for a time, and consumers that have to settle in time. */
@Timeout(60)
final class DeliveryLockTest {
    private static final long SOON_SECONDS = 10;
    private static final long LOCK_MILLIS = 1_000;
    private static final long LONG_LOCK_MILLIS = 3_000;
    private static final String QUEUE = "locked.orders";
    private static final String RENEWED = "renewed.orders";

    @RegisterExtension
    private final ConnectedBroker broker = ConnectedBroker.withPolicies(
            new AddressPolicy("locked.*", AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS)),
            new AddressPolicy("renewed.*", AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LONG_LOCK_MILLIS)),
            new AddressPolicy(
                    "once.*",
                    AddressSettings.NONE
                            .with(AddressSetting.LOCK_DURATION, LOCK_MILLIS)
                            .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 1L)),
            new AddressPolicy("timed.*", AddressSettings.NONE.with(AddressSetting.CONSUMER_TIMEOUT, LOCK_MILLIS)));

    private Receiver receiver(String queue, int credit) throws ClientException {
        return broker.connection()
                .openReceiver(
                        queue,
                        new ReceiverOptions()
                                .autoAccept(false)
                                .autoSettle(false)
                                .creditWindow(credit));
    }

    private void awaitLost(String queue, long count) {
        await().until(() -> broker.count(queue, QueueStatistics::locksLost) == count);
    }

    @Test
    void messageThatIsNotSettledInTimeIsGivenToAnother() throws Exception {
        long beforeMillis = System.currentTimeMillis();
        broker.send(QUEUE, "a");
        var slow = receiver(QUEUE, 1);
        var lost = next(slow);
        long untilMillis = (Long) lost.message().annotation("x-opt-locked-until");
        assertThat(untilMillis).isBetween(beforeMillis + LOCK_MILLIS, System.currentTimeMillis() + LOCK_MILLIS);
        var quick = receiver(QUEUE, 1);
        var delivery = next(quick);
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(untilMillis);
        assertThat(delivery.message().deliveryCount()).isEqualTo(1);
        delivery.accept();
        await().until(() -> broker.count(QUEUE, QueueStatistics::consumed) == 1);
        lost.accept();
        broker.send(QUEUE, "b");
        assertThat(next(slow).message().body()).isEqualTo("b");
        assertThat(broker.count(QUEUE, QueueStatistics::consumed)).isEqualTo(1);
    }

    @Test
    void largeMessageHasALockToo() throws Exception {
        broker.connection()
                .openSender(QUEUE)
                .send(Message.create(new byte[1_500_000]).durable(true))
                .awaitAccepted();
        var slow = receiver(QUEUE, 1);
        assertThat(next(slow).message().hasAnnotation("x-opt-locked-until")).isTrue();
        var again = next(receiver(QUEUE, 1));
        assertThat(again.message().deliveryCount()).isEqualTo(1);
        assertThat((byte[]) again.message().body()).hasSize(1_500_000);
        again.accept();
        await().until(() -> broker.count(QUEUE, QueueStatistics::consumed) == 1);
    }

    @Test
    void consumerThatGivesBackWhatItLostHearsThatItHasLostIt() throws Exception {
        broker.send(QUEUE, "a");
        var slow = receiver(QUEUE, 1);
        var lost = next(slow);
        awaitLost(QUEUE, 1);
        lost.disposition(DeliveryState.released(), false);
        await().until(lost::remoteSettled);
        assertThat(lost.remoteState().getType()).isEqualTo(DeliveryState.Type.REJECTED);
    }

    @Test
    void transactionThatRetiresALostMessageFails() throws Exception {
        broker.send(QUEUE, "a");
        var session = broker.connection().openSession();
        var receiver = session.openReceiver(
                QUEUE, new ReceiverOptions().autoAccept(false).creditWindow(1));
        var lost = next(receiver);
        awaitLost(QUEUE, 1);
        session.beginTransaction();
        lost.accept();
        assertThatThrownBy(session::commitTransaction).isInstanceOf(ClientTransactionRolledBackException.class);
        assertThat(broker.count(QUEUE, QueueStatistics::consumed)).isZero();
    }

    @Test
    void messageWhoseLockRanOutForTheLastTimeIsADeadLetter() throws Exception {
        broker.send("once.orders", "a");
        next(receiver("once.orders", 1));
        var letter = next(receiver("DLQ", 1)).message();
        assertThat(letter.body()).isEqualTo("a");
        assertThat(letter.annotation("x-opt-dead-letter-reason")).hasToString("lock-lost");
        assertThat(letter.annotation("x-opt-dead-letter-condition")).hasToString("godwit:lock-lost");
        assertThat(letter.hasAnnotation("x-opt-locked-until")).isFalse();
    }

    @Test
    void consumerThatDoesNotSettleInTimeIsDetached() throws Exception {
        broker.send("timed.orders", "a");
        var slow = receiver("timed.orders", 10);
        next(slow);
        assertThatThrownBy(() -> slow.receive(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ClientLinkRemotelyClosedException.class)
                .hasMessageContaining("consumer-timeout");
        assertThat(next(receiver("timed.orders", 1)).message().deliveryCount()).isEqualTo(1);
    }

    private Message<?> ask(String node, String operation, String queue, Object tokens) throws ClientException {
        var answers = broker.connection().openDynamicReceiver();
        var request = Message.<Object>create(Map.of("lock-tokens", tokens))
                .messageId(UUID.randomUUID().toString())
                .property("operation", operation)
                .property("name", queue)
                .replyTo(answers.address());
        broker.connection().openSender(node).send(request).awaitAccepted();
        return next(answers).message();
    }

    @Test
    void consumerThatRenewsItsLockKeepsTheMessage() throws Exception {
        broker.send(RENEWED, "a");
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
            assertThat(broker.count(RENEWED, QueueStatistics::locksLost)).isZero();
        }
        delivery.accept();
        await().until(() -> broker.count(RENEWED, QueueStatistics::consumed) == 1);
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
        broker.send(topic, "a");
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
