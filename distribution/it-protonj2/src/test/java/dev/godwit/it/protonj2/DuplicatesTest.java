package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.types.Binary;
import org.apache.qpid.protonj2.types.UnsignedLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that are sent again, known by their message-id or by their producer's numbers. */
@Timeout(60)
final class DuplicatesTest {
    private static final long SOON_SECONDS = 10;
    private static final int LARGE_BYTES = 1_500_000;
    private static final String QUEUE = "once";

    @RegisterExtension
    private final ConnectedBroker broker = ConnectedBroker.withPolicies(
            new AddressPolicy(QUEUE, AddressSettings.NONE.with(AddressSetting.DUPLICATE_WINDOW, 3_600_000L)));

    private void send(Message<?> message) throws ClientException {
        try (var sender = broker.connection().openSender(QUEUE)) {
            var tracker = sender.send(message.durable(true));
            assertThat(tracker.awaitSettlement(SOON_SECONDS, TimeUnit.SECONDS).remoteState())
                    .isEqualTo(DeliveryState.accepted());
        }
    }

    private void sendWithId(Object id) throws ClientException {
        send(Message.create("body").messageId(id));
    }

    private void receive(int count) throws ClientException {
        try (var receiver = broker.connection().openReceiver(QUEUE)) {
            for (int i = 0; i < count; i++) {
                assertThat(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS)).isNotNull();
            }
            assertThat(receiver.tryReceive()).isNull();
        }
    }

    @Test
    @Spec("3.2.4")
    void acceptsAMessageWhoseIdCameAndKeepsItOnce() throws Exception {
        var uuid = UUID.randomUUID();
        for (int round = 0; round < 2; round++) {
            sendWithId("1");
            sendWithId(new UnsignedLong(1));
            sendWithId(uuid);
            sendWithId(new Binary(new byte[] {'1'}));
        }
        assertThat(broker.count(QUEUE, QueueStatistics::enqueued)).isEqualTo(4);
        assertThat(broker.count(QUEUE, QueueStatistics::duplicates)).isEqualTo(4);
        receive(4);
        sendWithId(uuid);
        broker.restart();
        sendWithId(uuid);
        sendWithId("1");
        sendWithId("2");
        receive(1);
        assertThat(broker.count(QUEUE, QueueStatistics::duplicates)).isEqualTo(2);
    }

    @Test
    void knowsALargeMessageByItsBeginning() throws Exception {
        var body = new byte[LARGE_BYTES];
        send(Message.create(body).messageId("large"));
        send(Message.create(body).messageId("large"));
        broker.restart();
        send(Message.create(body).messageId("large"));
        send(Message.create("small").messageId("large"));
        assertThat(broker.count(QUEUE, QueueStatistics::duplicates)).isEqualTo(2);
        receive(1);
        broker.restart();
        send(Message.create(body).messageId("large"));
        assertThat(broker.count(QUEUE, QueueStatistics::enqueued)).isZero();
    }

    @Test
    void knowsMessagesByTheNumbersOfTheirProducer() throws Exception {
        for (long number : new long[] {1, 2, 2, 4, 1, 3, 3}) {
            sendNumber(number);
        }
        assertThat(broker.count(QUEUE, QueueStatistics::enqueued)).isEqualTo(4);
        receive(4);
        broker.restart();
        for (long number : new long[] {1, 2, 3, 4, 5}) {
            sendNumber(number);
        }
        assertThat(broker.count(QUEUE, QueueStatistics::enqueued)).isEqualTo(1);
    }

    private void sendNumber(long number) throws ClientException {
        send(Message.create("body")
                .messageId("the same")
                .annotation("x-opt-godwit-producer-id", "me")
                .annotation("x-opt-godwit-sequence", new UnsignedLong(number)));
    }
}
