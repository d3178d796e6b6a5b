package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.Deferral;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages that a consumer lays aside, and fetches by their numbers later. */
@Timeout(60)
final class DeferralTest {
    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 200;
    private static final String QUEUE = "parked.orders";
    private static final String NUMBER = "x-opt-sequence-number";

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
                List.of(),
                List.of(),
                queues.deadLetterAddress(),
                queues.deliveryAttemptsMax(),
                queues.messageMemoryBytesMax(),
                List.of(new AddressPolicy(
                        "parked.*",
                        AddressSettings.NONE.with(AddressSetting.DEFERRAL, Deferral.UNDELIVERABLE_HERE))))));
        connection = client.connect("127.0.0.1", broker.port());
    }

    @AfterEach
    void stop() {
        connection.close();
        client.close();
        broker.close();
    }

    private void send(Object... bodies) throws ClientException {
        var sender = connection.openSender(QUEUE);
        for (var body : bodies) {
            sender.send(Message.create(body).durable(true)).awaitAccepted();
        }
    }

    private static ReceiverOptions options() {
        return new ReceiverOptions().autoAccept(false).creditWindow(10);
    }

    private Receiver fetch(Object numbers) throws ClientException {
        var options = options();
        options.sourceOptions()
                .filters(
                        Map.of("numbers", new UnknownDescribedType(Symbol.valueOf("godwit:deferred-filter"), numbers)));
        return connection.openReceiver(QUEUE, options);
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

    private static Delivery next(Receiver receiver) throws ClientException {
        return Objects.requireNonNull(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS), "a message");
    }

    private static long numberOf(Delivery delivery) throws ClientException {
        return (Long) delivery.message().annotation(NUMBER);
    }

    private long deferred() {
        return broker.queueStatistics().join().stream()
                .filter(each -> each.queue().equals(QUEUE))
                .mapToLong(each -> each.deferred())
                .sum();
    }

    @Test
    void whatWasLaidAsideIsFetchedByItsNumberAlsoAfterARestart() throws Exception {
        send("a", "b", "c", new byte[1_500_000]);
        var receiver = connection.openReceiver(QUEUE, options());
        next(receiver).accept();
        var b = next(receiver);
        long numberOfB = numberOf(b);
        b.disposition(DeliveryState.modified(false, false, Map.of("x-opt-deferred", true, "why", "later")), true);
        next(receiver).accept();
        var large = next(receiver);
        long numberOfLarge = numberOf(large);
        large.modified(false, true);
        await().until(() -> deferred() == 2);
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();

        connection.close();
        broker.close();
        startBroker();
        assertThat(connection.openReceiver(QUEUE, options()).receive(NEVER_MILLIS, TimeUnit.MILLISECONDS))
                .isNull();
        assertThat(deferred()).isEqualTo(2);

        var fetched = fetch(List.of(numberOfLarge, numberOfB));
        assertThat((byte[]) next(fetched).message().body()).hasSize(1_500_000);
        var again = next(fetched);
        assertThat(again.message().body()).isEqualTo("b");
        assertThat(again.message().annotation("why")).isEqualTo("later");
        assertThat(numberOf(again)).isEqualTo(numberOfB);
        again.accept();
        await().until(() -> deferred() == 0);
        assertThat(fetched.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void whatIsFetchedInVainStaysUntilItIsReturned() throws Exception {
        send("a");
        var receiver = connection.openReceiver(QUEUE, options());
        var first = next(receiver);
        long number = numberOf(first);
        first.modified(false, true);
        await().until(() -> deferred() == 1);
        next(fetch(number)).release();
        await().until(() -> deferred() == 1);
        next(fetch(number)).disposition(DeliveryState.modified(false, false, Map.of("x-opt-deferred", false)), true);
        assertThat(next(receiver).message().body()).isEqualTo("a");
        assertThat(deferred()).isZero();
    }

    @Test
    void subscriberFetchesWhatItLaidAsideInItsSubscription() throws Exception {
        var topic = "topic://parked.news";
        var durable = subscription("reader", Map.of());
        var receiver = connection.openReceiver(topic, durable);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        connection.openSender(topic).send(Message.create("a").durable(true)).awaitAccepted();
        connection.openSender(topic).send(Message.create("b").durable(true)).awaitAccepted();
        var first = next(receiver);
        long number = numberOf(first);
        first.modified(false, true);
        next(receiver).accept();
        receiver.detachAsync().get(SOON_SECONDS, TimeUnit.SECONDS);

        var fetcher = connection.openReceiver(topic, fetchingFrom("reader", number));
        var again = next(fetcher);
        assertThat(again.message().body()).isEqualTo("a");
        again.accept();
        assertThat(fetcher.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        // Whoever consumes would end the subscription by this.
        fetcher.closeAsync().get(SOON_SECONDS, TimeUnit.SECONDS);

        // It is the same subscription still.
        connection.openSender(topic).send(Message.create("c").durable(true)).awaitAccepted();
        assertThat(next(connection.openReceiver(topic, durable)).message().body())
                .isEqualTo("c");
    }

    @Test
    void fetchingLeavesASubscriptionWithOtherFiltersAsItIs() throws Exception {
        var topic = "topic://parked.news";
        var selector = new UnknownDescribedType(Symbol.valueOf("apache.org:selector-filter:string"), "kind = 1");
        var durable = subscription("reader", Map.of("selector", selector));
        var receiver = connection.openReceiver(topic, durable);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var sender = connection.openSender(topic);
        sender.send(Message.create("a").durable(true).property("kind", 1)).awaitAccepted();
        var first = next(receiver);
        long number = numberOf(first);
        first.modified(false, true);
        receiver.detachAsync().get(SOON_SECONDS, TimeUnit.SECONDS);
        sender.send(Message.create("b").durable(true).property("kind", 1)).awaitAccepted();

        var fetcher = connection.openReceiver(topic, fetchingFrom("reader", number));
        next(fetcher).release();
        fetcher.closeAsync().get(SOON_SECONDS, TimeUnit.SECONDS);

        assertThat(next(connection.openReceiver(topic, durable)).message().body())
                .isEqualTo("b");
    }

    @Test
    void fetchingMakesNoSubscription() throws Exception {
        connection.openSender("topic://parked.news").openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var fetcher = connection.openReceiver("topic://parked.news", fetchingFrom("nobody", 1));
        assertThatThrownBy(() -> fetcher.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("no subscription 'nobody'");
    }

    @Test
    void operatorListsWhatWasLaidAside() throws Exception {
        send("a", "b");
        var receiver = connection.openReceiver(QUEUE, options());
        var first = next(receiver);
        var second = next(receiver);
        second.modified(true, true);
        first.modified(false, true);
        await().until(() -> deferred() == 2);
        var answer = ask("LIST-DEFERRED", null);
        assertThat(answer.property("statusCode")).isEqualTo(200);
        @SuppressWarnings("unchecked")
        var messages = Objects.requireNonNull(((Map<String, List<Map<String, Object>>>) answer.body()).get("messages"));
        assertThat(messages).hasSize(2);
        assertThat(messages.get(0))
                .containsEntry("sequenceNumber", numberOf(first))
                .containsEntry("failedAttempts", 0);
        assertThat(messages.get(1))
                .containsEntry("sequenceNumber", numberOf(second))
                .containsEntry("failedAttempts", 1);

        var returned = ask("RETURN-DEFERRED", Map.of("sequence-numbers", List.of(numberOf(first), 4_711L)));
        assertThat(returned.body()).isEqualTo(Map.of("messages", 1L));
        assertThat(next(receiver).message().body()).isEqualTo("a");
        assertThat(deferred()).isEqualTo(1);
        assertThat(ask("RETURN-DEFERRED", Map.of("sequence-numbers", "all")).property("statusCode"))
                .isEqualTo(400);
    }

    private Message<?> ask(String operation, @Nullable Object body) throws ClientException {
        var answers = connection.openDynamicReceiver();
        connection
                .openSender("$management")
                .send(Message.create(body)
                        .messageId(UUID.randomUUID().toString())
                        .property("operation", operation)
                        .property("type", "queue")
                        .property("name", QUEUE)
                        .replyTo(answers.address()))
                .awaitAccepted();
        return next(answers).message();
    }
}
