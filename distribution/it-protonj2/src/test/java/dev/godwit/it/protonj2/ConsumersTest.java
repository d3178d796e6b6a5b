package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which of several receivers is given a message: by group, by priority, by what it has not settled, or only one. */
@Timeout(120)
final class ConsumersTest {
    private static final long SOON_SECONDS = 20;
    private static final long NEVER_MILLIS = 300;

    @RegisterExtension
    private final ConnectedBroker broker = ConnectedBroker.withPolicies(
            new AddressPolicy("exclusive", AddressSettings.NONE.with(AddressSetting.EXCLUSIVE_CONSUMER, true)));

    private Receiver receiver(String address, int credit, Map<String, Object> properties) throws ClientException {
        var options = new ReceiverOptions().creditWindow(0).autoAccept(false).properties(properties);
        return broker.connection().openReceiver(address, options).addCredit(credit);
    }

    /** It is there, before another one comes. */
    private static Receiver opened(Receiver receiver) throws Exception {
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        return receiver;
    }

    private void send(String address, String... groups) throws ClientException {
        try (var sender = broker.connection().openSender(address)) {
            for (int n = 0; n < groups.length; n++) {
                var message = Message.create(groups[n] + n).durable(true);
                if (!groups[n].isEmpty()) {
                    message.groupId(groups[n]);
                }
                sender.send(message).awaitAccepted();
            }
        }
    }

    private static List<Delivery> receive(Receiver receiver, String... texts) throws ClientException {
        var deliveries = new ArrayList<Delivery>();
        for (var text : texts) {
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).as(text).isNotNull();
            assertThat(delivery.message().body()).isEqualTo(text);
            deliveries.add(delivery);
        }
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        return deliveries;
    }

    @Test
    @Spec("3.2.4")
    void aGroupWhoseReceiverHasNoCreditKeepsNoOtherWaiting() throws Exception {
        try (var slow = receiver("groups", 1, Map.of())) {
            send("groups", "a");
            var held = receive(slow, "a0").get(0);
            try (var quick = opened(receiver("groups", 10, Map.of()))) {
                send("groups", "a", "b", "a", "b");
                var deliveries = receive(quick, "b1", "b3");
                slow.addCredit(10);
                receive(slow, "a0", "a2");
                for (var delivery : deliveries) {
                    delivery.accept();
                }
            }
            held.accept();
        }
        try (var next = receiver("groups", 10, Map.of())) {
            receive(next, "a0", "a2");
        }
    }

    @Test
    @Spec("2.7.3")
    void whatItsPropertiesSayOfItsPriorityCounts() throws Exception {
        try (var usual = opened(receiver("priority", 10, Map.of()));
                var rabbit = opened(receiver("priority", 2, Map.of("rabbitmq:priority", 5)));
                var artemis = opened(receiver("priority", 1, Map.of("priority", 4L)))) {
            send("priority", "", "", "", "", "");
            receive(rabbit, "0", "1");
            receive(artemis, "2");
            receive(usual, "3", "4");
        }
    }

    @Test
    @Spec("2.7.3")
    void priorityThatIsNoNumberIsRefused() {
        assertThatThrownBy(() -> receiver("priority", 1, Map.of("priority", "high"))
                        .openFuture()
                        .get(SOON_SECONDS, TimeUnit.SECONDS))
                .hasStackTraceContaining("a whole number")
                .hasStackTraceContaining("high");
    }

    @Test
    void onlyOneOfExclusiveReceiversIsGivenMessages() throws Exception {
        var first = opened(receiver("exclusive", 2, Map.of()));
        try (var second = receiver("exclusive", 10, Map.of())) {
            send("exclusive", "", "", "");
            receive(first, "0", "1");
            assertThat(second.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
            first.close();
            receive(second, "0", "1", "2");
        }
    }

    @Test
    void receiverThatDoesNotGetOnDoesNotHoardMessages() throws Exception {
        try (var slow = opened(receiver("fair", 100, Map.of()));
                var quick = opened(receiver("fair", 100, Map.of()))) {
            int ofQuick = 0;
            for (int n = 0; n < 20; n++) {
                send("fair", "");
                var delivery = quick.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS);
                if (delivery != null) {
                    delivery.accept();
                    ofQuick++;
                }
            }
            assertThat(ofQuick).isGreaterThanOrEqualTo(18);
            assertThat(slow.receive(SOON_SECONDS, TimeUnit.SECONDS)).isNotNull();
        }
    }
}
