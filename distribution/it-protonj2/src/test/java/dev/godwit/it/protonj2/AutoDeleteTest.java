package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DurabilityMode;
import org.apache.qpid.protonj2.client.ExpiryPolicy;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Queues and topics that were made on demand, and go when nobody uses them. */
@Timeout(60)
final class AutoDeleteTest {
    private static final long SOON_SECONDS = 10;
    private static final long AFTER_MILLIS = 1_000;
    private static final Duration LONG_ENOUGH = Duration.ofMillis(2 * AFTER_MILLIS);
    private static final String QUEUE = "fleeting.orders";
    private static final String TOPIC = "fleeting.news";
    private static final String DECLARED = "fleeting.declared";

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker(defaults -> defaults.withQueues(defaults.queues()
            .withPredeclared(List.of(DECLARED), List.of())
            .withPolicies(new AddressPolicy(
                    "fleeting.*", AddressSettings.NONE.with(AddressSetting.AUTO_DELETE_AFTER, AFTER_MILLIS)))));

    @Test
    void emptyQueueThatNobodyUsesGoesAndComesBack() throws Exception {
        broker.send(QUEUE, "a");
        var relay = broker.connection().openAnonymousSender();
        relay.send(Message.create("b").durable(true).to(QUEUE)).awaitAccepted();
        // It holds messages, and a producer without an address of its own has sent there.
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> broker.hasQueue(QUEUE));
        assertThat(broker.management().read(QUEUE).get("madeOnDemand")).isEqualTo(true);
        assertThat(broker.management().read(DECLARED).get("madeOnDemand")).isEqualTo(false);
        var receiver = broker.connection().openReceiver(QUEUE);
        next(receiver);
        next(receiver);
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> broker.hasQueue(QUEUE));
        receiver.close();
        relay.close();
        await().until(() -> !broker.hasQueue(QUEUE));
        assertThat(broker.hasQueue(DECLARED)).isTrue();

        broker.send(QUEUE, "c");
        broker.restart();
        assertThat(broker.hasQueue(QUEUE)).isTrue();
        assertThat(broker.management().read(QUEUE).get("madeOnDemand")).isEqualTo(true);
        var again = broker.connection().openReceiver(QUEUE);
        assertThat(next(again).message().body()).isEqualTo("c");
        again.close();
        await().until(() -> !broker.hasQueue(QUEUE));
        broker.restart();
        assertThat(broker.hasQueue(QUEUE)).isFalse();
    }

    @Test
    void clientsThatComeAndGoAllTheTimeLoseNothing() throws Exception {
        for (int i = 0; i < 30; i++) {
            broker.send(QUEUE, "message " + i);
            var receiver = broker.connection().openReceiver(QUEUE);
            assertThat(next(receiver).message().body()).isEqualTo("message " + i);
            receiver.close();
            if (i % 10 == 9) {
                await().until(() -> !broker.hasQueue(QUEUE));
            }
        }
    }

    @Test
    void topicStaysWhileSomebodyHasSubscribedToIt() throws Exception {
        var durable = new ReceiverOptions().linkName("reader");
        durable.sourceOptions().expiryPolicy(ExpiryPolicy.NEVER).durabilityMode(DurabilityMode.UNSETTLED_STATE);
        var reader = broker.connection().openReceiver("topic://" + TOPIC, durable);
        reader.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        reader.detachAsync().get(SOON_SECONDS, TimeUnit.SECONDS);
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> !isFreeForAQueue());
        broker.send("topic://" + TOPIC, "a");
        var again = broker.connection().openReceiver("topic://" + TOPIC, durable);
        assertThat(next(again).message().body()).isEqualTo("a");
        again.close();
        await().until(this::isFreeForAQueue);
    }

    private boolean isFreeForAQueue() {
        try {
            var receiver = broker.connection().openReceiver("queue://" + TOPIC);
            receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
            receiver.close();
            return true;
        } catch (Exception refused) {
            return false;
        }
    }

    @Test
    void producerThatIsAttachedKeepsItsQueue() throws Exception {
        var sender = broker.connection().openSender(QUEUE);
        sender.send(Message.create("a").durable(true)).awaitAccepted();
        var receiver = broker.connection().openReceiver(QUEUE);
        next(receiver).accept();
        receiver.close();
        await().during(LONG_ENOUGH).atMost(LONG_ENOUGH.multipliedBy(3)).until(() -> broker.hasQueue(QUEUE));
        sender.send(Message.create("b").durable(true)).awaitAccepted();
        assertThatThrownBy(() -> broker.connection()
                        .openReceiver("topic://" + QUEUE)
                        .openFuture()
                        .get())
                .hasMessageContaining("queue");
    }
}
