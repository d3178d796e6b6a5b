package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.next;
import static dev.godwit.it.protonj2.ManagedBroker.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.Deferral;
import dev.godwit.broker.queue.QueueStatistics;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.DurabilityMode;
import org.apache.qpid.protonj2.client.ExpiryPolicy;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.types.Symbol;
import org.apache.qpid.protonj2.types.UnknownDescribedType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that a consumer lays aside, and fetches by their numbers later. */
@Timeout(60)
final class DeferralTest {
    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 200;
    private static final String QUEUE = "parked.orders";
    private static final String NUMBER = "x-opt-sequence-number";

    @RegisterExtension
    private final ConnectedBroker broker = ConnectedBroker.withPolicies(new AddressPolicy(
            "parked.*", AddressSettings.NONE.with(AddressSetting.DEFERRAL, Deferral.UNDELIVERABLE_HERE)));

    private static ReceiverOptions options() {
        return new ReceiverOptions().autoAccept(false).creditWindow(10);
    }

    private Receiver fetch(Object numbers) throws ClientException {
        var options = options();
        options.sourceOptions()
                .filters(
                        Map.of("numbers", new UnknownDescribedType(Symbol.valueOf("godwit:deferred-filter"), numbers)));
        return broker.connection().openReceiver(QUEUE, options);
    }

    private static ReceiverOptions subscription(String name, Map<String, Object> filters) {
        var options = new ReceiverOptions().autoAccept(false).creditWindow(10).linkName(name);
        options.sourceOptions()
                .expiryPolicy(ExpiryPolicy.NEVER)
                .durabilityMode(DurabilityMode.UNSETTLED_STATE)
                .filters(filters);
        return options;
    }

    private static ReceiverOptions fetchingFrom(String subscription, long number) {
        var numbers = new UnknownDescribedType(Symbol.valueOf("godwit:deferred-filter"), number);
        return subscription(subscription, Map.of("numbers", numbers));
    }

    private static long numberOf(Delivery delivery) throws ClientException {
        return (Long) delivery.message().annotation(NUMBER);
    }

    @Test
    void whatWasLaidAsideIsFetchedByItsNumberAlsoAfterARestart() throws Exception {
        broker.send(QUEUE, "a", "b", "c", new byte[1_500_000]);
        var receiver = broker.connection().openReceiver(QUEUE, options());
        next(receiver).accept();
        var b = next(receiver);
        long numberOfB = numberOf(b);
        b.disposition(DeliveryState.modified(false, false, Map.of("x-opt-deferred", true, "why", "later")), true);
        next(receiver).accept();
        var large = next(receiver);
        long numberOfLarge = numberOf(large);
        large.modified(false, true);
        await().until(() -> broker.count(QUEUE, QueueStatistics::deferred) == 2);
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();

        broker.restart();
        assertThat(broker.connection().openReceiver(QUEUE, options()).receive(NEVER_MILLIS, TimeUnit.MILLISECONDS))
                .isNull();
        assertThat(broker.count(QUEUE, QueueStatistics::deferred)).isEqualTo(2);

        var fetched = fetch(List.of(numberOfLarge, numberOfB));
        assertThat((byte[]) next(fetched).message().body()).hasSize(1_500_000);
        var again = next(fetched);
        assertThat(again.message().body()).isEqualTo("b");
        assertThat(again.message().annotation("why")).isEqualTo("later");
        assertThat(numberOf(again)).isEqualTo(numberOfB);
        again.accept();
        await().until(() -> broker.count(QUEUE, QueueStatistics::deferred) == 0);
        assertThat(fetched.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void whatIsFetchedInVainStaysUntilItIsReturned() throws Exception {
        broker.send(QUEUE, "a");
        var receiver = broker.connection().openReceiver(QUEUE, options());
        var first = next(receiver);
        long number = numberOf(first);
        first.modified(false, true);
        await().until(() -> broker.count(QUEUE, QueueStatistics::deferred) == 1);
        next(fetch(number)).release();
        await().until(() -> broker.count(QUEUE, QueueStatistics::deferred) == 1);
        next(fetch(number)).disposition(DeliveryState.modified(false, false, Map.of("x-opt-deferred", false)), true);
        assertThat(next(receiver).message().body()).isEqualTo("a");
        assertThat(broker.count(QUEUE, QueueStatistics::deferred)).isZero();
    }

    @Test
    void subscriberFetchesWhatItLaidAsideInItsSubscription() throws Exception {
        var topic = "topic://parked.news";
        var durable = subscription("reader", Map.of());
        var receiver = broker.connection().openReceiver(topic, durable);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        broker.connection()
                .openSender(topic)
                .send(Message.create("a").durable(true))
                .awaitAccepted();
        broker.connection()
                .openSender(topic)
                .send(Message.create("b").durable(true))
                .awaitAccepted();
        var first = next(receiver);
        long number = numberOf(first);
        first.modified(false, true);
        next(receiver).accept();
        receiver.detachAsync().get(SOON_SECONDS, TimeUnit.SECONDS);

        var fetcher = broker.connection().openReceiver(topic, fetchingFrom("reader", number));
        var again = next(fetcher);
        assertThat(again.message().body()).isEqualTo("a");
        again.accept();
        assertThat(fetcher.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        // Whoever consumes would end the subscription by this.
        fetcher.closeAsync().get(SOON_SECONDS, TimeUnit.SECONDS);

        // It is the same subscription still.
        broker.connection()
                .openSender(topic)
                .send(Message.create("c").durable(true))
                .awaitAccepted();
        assertThat(next(broker.connection().openReceiver(topic, durable))
                        .message()
                        .body())
                .isEqualTo("c");
    }

    @Test
    void fetchingLeavesASubscriptionWithOtherFiltersAsItIs() throws Exception {
        var topic = "topic://parked.news";
        var selector = new UnknownDescribedType(Symbol.valueOf("apache.org:selector-filter:string"), "kind = 1");
        var durable = subscription("reader", Map.of("selector", selector));
        var receiver = broker.connection().openReceiver(topic, durable);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var sender = broker.connection().openSender(topic);
        sender.send(Message.create("a").durable(true).property("kind", 1)).awaitAccepted();
        var first = next(receiver);
        long number = numberOf(first);
        first.modified(false, true);
        receiver.detachAsync().get(SOON_SECONDS, TimeUnit.SECONDS);
        sender.send(Message.create("b").durable(true).property("kind", 1)).awaitAccepted();

        var fetcher = broker.connection().openReceiver(topic, fetchingFrom("reader", number));
        next(fetcher).release();
        fetcher.closeAsync().get(SOON_SECONDS, TimeUnit.SECONDS);

        assertThat(next(broker.connection().openReceiver(topic, durable))
                        .message()
                        .body())
                .isEqualTo("b");
    }

    @Test
    void fetchingMakesNoSubscription() throws Exception {
        broker.connection().openSender("topic://parked.news").openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var fetcher = broker.connection().openReceiver("topic://parked.news", fetchingFrom("nobody", 1));
        assertThatThrownBy(() -> fetcher.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("no subscription 'nobody'");
    }

    @Test
    void operatorListsWhatWasLaidAside() throws Exception {
        broker.send(QUEUE, "a", "b");
        var receiver = broker.connection().openReceiver(QUEUE, options());
        var first = next(receiver);
        var second = next(receiver);
        second.modified(true, true);
        first.modified(false, true);
        await().until(() -> broker.count(QUEUE, QueueStatistics::deferred) == 2);
        @SuppressWarnings("unchecked")
        var messages = (List<Map<String, Object>>) Objects.requireNonNull(
                broker.management().done("LIST-DEFERRED", QUEUE, Map.of()).get("messages"));
        assertThat(messages).hasSize(2);
        assertThat(messages.get(0))
                .containsEntry("sequenceNumber", numberOf(first))
                .containsEntry("failedAttempts", 0);
        assertThat(messages.get(1))
                .containsEntry("sequenceNumber", numberOf(second))
                .containsEntry("failedAttempts", 1);

        var numbers = Map.<String, Object>of("sequence-numbers", List.of(numberOf(first), 4_711L));
        assertThat(broker.management().done("RETURN-DEFERRED", QUEUE, numbers)).isEqualTo(Map.of("messages", 1L));
        assertThat(next(receiver).message().body()).isEqualTo("a");
        assertThat(broker.count(QUEUE, QueueStatistics::deferred)).isEqualTo(1);
        assertThat(status(broker.management()
                        .ask("RETURN-DEFERRED", ManagedBroker.QUEUE, QUEUE, Map.of("sequence-numbers", "all"))))
                .isEqualTo(400);
    }
}
