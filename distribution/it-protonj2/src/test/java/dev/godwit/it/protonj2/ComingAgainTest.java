package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.queue.QueueStatistics;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client that comes again after a loss may ask of links, to have everything once. */
@Timeout(60)
final class ComingAgainTest {
    private static final long SOON_SECONDS = 10;
    private static final int LARGE_BYTES = 1_500_000;
    private static final String NUMBERED = "godwit:numbered-sends";
    private static final String IDENTITY = "godwit:message-identity";
    private static final String ANNOTATION = "x-opt-godwit-message-identity";
    private static final UUID PRODUCER = UUID.randomUUID();

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker();

    private static Message<byte[]> numbered(long sequence, int bytes) throws ClientException {
        Message<byte[]> message = Message.create(new byte[bytes]);
        message.durable(true);
        message.annotation("x-opt-godwit-producer-id", PRODUCER);
        message.annotation("x-opt-godwit-sequence", sequence);
        return message;
    }

    private static void send(Sender sender, Message<?> message) throws ClientException {
        assertThat(sender.send(message)
                        .awaitSettlement(SOON_SECONDS, TimeUnit.SECONDS)
                        .remoteState())
                .isEqualTo(DeliveryState.accepted());
    }

    private Receiver receiver(String queue, String... desired) throws ClientException {
        return broker.connection()
                .openReceiver(
                        queue,
                        new ReceiverOptions()
                                .autoAccept(false)
                                .autoSettle(false)
                                .desiredCapabilities(desired));
    }

    private static @Nullable Object identity(Delivery delivery) throws ClientException {
        Map<String, Object> annotations = delivery.annotations();
        return annotations == null ? null : annotations.get(ANNOTATION);
    }

    @Test
    void takesNumberedMessagesOnceFromWhoAsksForItAlsoAfterARestart() throws Exception {
        for (int round = 0; round < 2; round++) {
            try (Sender sender =
                    broker.connection().openSender("q", new SenderOptions().desiredCapabilities(NUMBERED))) {
                assertThat(sender.offeredCapabilities()).contains(NUMBERED);
                send(sender, numbered(1, 10));
                send(sender, numbered(2, LARGE_BYTES));
                send(sender, numbered(1, 10));
                send(sender, numbered(2, LARGE_BYTES));
            }
            assertThat(broker.count("q", QueueStatistics::ready)).isEqualTo(2);
            broker.restart();
        }
    }

    @Test
    void takesFromOthersWhatTheySendWithNumbersOfSomebodyElse() throws Exception {
        try (Sender sender = broker.connection().openSender("q")) {
            assertThat(sender.offeredCapabilities()).isNullOrEmpty();
            send(sender, numbered(1, 10));
            send(sender, numbered(1, 10));
        }
        assertThat(broker.count("q", QueueStatistics::ready)).isEqualTo(2);
    }

    @Test
    void tellsWhichMessageItIsWhoeverAsksOverReleasesAndRestarts() throws Exception {
        try (Sender sender = broker.connection().openSender("q")) {
            send(sender, numbered(1, 10));
            send(sender, numbered(2, LARGE_BYTES));
            Message<String> expiring = Message.create("expires");
            send(sender, expiring.durable(true).timeToLive(3_600_000));
            send(sender, Message.create("is not kept").durable(false));
        }
        Set<Object> seen = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            try (Receiver receiver = receiver("q", IDENTITY)) {
                assertThat(receiver.offeredCapabilities()).contains(IDENTITY);
                for (int i = 0; i < 3; i++) {
                    Delivery delivery = next(receiver);
                    assertThat(identity(delivery)).isInstanceOf(UUID.class);
                    seen.add(identity(delivery));
                    // The second time it goes out with what was added to it.
                    delivery.disposition(
                            round == 0
                                    ? DeliveryState.modified(true, false, Map.of("x-opt-mine", 1))
                                    : DeliveryState.released(),
                            true);
                }
                if (round == 0) {
                    assertThat(identity(next(receiver)))
                            .as("of one that is not durable")
                            .isNull();
                }
            }
            if (round == 1) {
                broker.restart();
            }
        }
        assertThat(seen).hasSize(3);
        try (Receiver receiver = receiver("q")) {
            assertThat(receiver.offeredCapabilities()).isNullOrEmpty();
            assertThat(identity(next(receiver))).isNull();
        }
    }
}
