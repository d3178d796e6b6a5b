package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A queue whose consumers fail pauses, tries again, and loses nothing to the dead letters. */
@Timeout(60)
final class CircuitBreakerTest {
    private static final long SOON_SECONDS = 10;
    private static final long PAUSE_MILLIS = 2_000;

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker();

    @Test
    void anOutageOfConsumersFloodsNoDeadLetters() throws Exception {
        var management = broker.management();
        management.done(
                "CREATE",
                "orders",
                Map.of(
                        "circuitBreakerRatio",
                        0.5,
                        "circuitBreakerMinSamples",
                        4,
                        "circuitBreakerPause",
                        PAUSE_MILLIS,
                        "maximumDeliveryAttempts",
                        2));
        try (var sender = broker.connection().openSender("orders")) {
            for (int number = 0; number < 20; number++) {
                sender.send(Message.create((Object) number).durable(true)).awaitAccepted();
            }
        }
        var options = new ReceiverOptions().autoAccept(false).creditWindow(0);
        try (var receiver = broker.connection().openReceiver("orders", options)) {
            receiver.addCredit(20);
            for (int number = 0; number < 20; number++) {
                // As a consumer would that cannot do its work: it says so of each that it has.
                next(receiver).disposition(DeliveryState.rejected("app:down", "no database"), true);
            }
            await().atMost(SOON_SECONDS, TimeUnit.SECONDS)
                    .until(() -> "open".equals(management.read("orders").get("circuitBreaker")));
            var open = management.read("orders");
            assertThat(open).containsEntry("circuitBreakerOpened", 1L).containsKey("circuitBreakerUntil");
            receiver.addCredit(20);
            assertThat(receiver.tryReceive()).isNull();

            var probe = next(receiver);
            assertThat(management.read("orders")).containsEntry("circuitBreaker", "probing");
            assertThat(receiver.receive(200, TimeUnit.MILLISECONDS)).isNull();
            probe.accept();
            for (int left = 16; left > 0; left--) {
                next(receiver).accept();
            }
        }
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS)
                .until(() -> Long.valueOf(0).equals(management.read("orders").get("messages")));
        assertThat(management.read("orders"))
                .containsEntry("circuitBreaker", "closed")
                .containsEntry("consumed", 17L)
                .containsEntry("rejected", 3L);
    }
}
