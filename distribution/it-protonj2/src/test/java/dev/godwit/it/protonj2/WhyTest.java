package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.ManagedBroker.QUEUE;
import static dev.godwit.it.protonj2.ManagedBroker.body;
import static dev.godwit.it.protonj2.ManagedBroker.why;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An operator asks why messages are not delivered, and why producers have no credit. */
@Timeout(60)
final class WhyTest {
    private static final long SOON_SECONDS = 10;

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker().forContainer("operator");

    private Message<?> request(String operation, String name, Map<String, Object> properties) throws ClientException {
        return broker.management().ask(operation, QUEUE, name, Map.of(), properties);
    }

    private Map<String, Object> ask(String operation, String name, Map<String, Object> properties)
            throws ClientException {
        var answer = request(operation, name, properties);
        assertThat(ManagedBroker.status(answer)).as(why(answer)).isEqualTo(200);
        return body(answer);
    }

    private void create(String queue, Map<String, Object> attributes) throws ClientException {
        broker.management().done("CREATE", queue, attributes);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> answer, String name) {
        return (List<Map<String, Object>>) answer.getOrDefault(name, List.of());
    }

    private Map<String, Object> delivery() throws ClientException {
        return ask("EXPLAIN-DELIVERY", "orders", Map.of());
    }

    private Map<String, Object> message(String id) throws ClientException {
        var found = list(ask("EXPLAIN-DELIVERY", "orders", Map.of("message", id)), "messages");
        return found.isEmpty() ? Map.of() : found.get(0);
    }

    @Test
    void saysWhyMessagesAreNotDelivered() throws Exception {
        create("orders", Map.of("lockDuration", 60_000L));
        var sender = broker.connection().openSender("orders");
        for (var id : List.of("one", "two")) {
            sender.send(Message.create((Object) id).messageId(id).durable(true)).awaitAccepted();
        }
        assertThat(list(delivery(), "queue").get(0)).containsEntry("reason", "no-consumer");
        assertThat(list(delivery(), "messages"))
                .extracting(each -> each.get("message"))
                .containsExactly("one", "two");

        var options = new ReceiverOptions().linkName("idle").autoAccept(false).creditWindow(0);
        var receiver = broker.connection().openReceiver("orders", options);
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(message("two")).containsEntry("reason", "no-credit"));
        assertThat(String.valueOf(message("two").get("consumer"))).endsWith("/idle");
        assertThat(list(delivery(), "queue")).isEmpty();

        receiver.addCredit(1);
        var taken = Objects.requireNonNull(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS));
        var locked = message("one");
        assertThat(locked).containsEntry("reason", "locked").containsKeys("until", "number", "detail");
        var byNumber = list(
                ask("EXPLAIN-DELIVERY", "orders", Map.of("number", Objects.requireNonNull(locked.get("number")))),
                "messages");
        assertThat(byNumber.get(0)).containsEntry("message", "one");
        assertThat(delivery().get("elsewhere")).isEqualTo(Map.of("acquired", 1L));
        taken.accept();
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS)
                .until(() -> message("one").isEmpty());
    }

    @Test
    void saysWhyProducersHaveNoCredit() throws Exception {
        create("orders", Map.of("maxMessages", 1L));
        var sender = broker.connection().openSender("orders", new SenderOptions().linkName("eager"));
        sender.send(Message.create((Object) "first").durable(true)).awaitAccepted();
        assertThat(list(credit("orders"), "producers").get(0))
                .containsEntry("reason", "has-credit")
                .containsEntry("link", "eager");
        var sent = new AtomicInteger();
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS).untilAsserted(() -> {
            while (sender.trySend(Message.create((Object) "more").durable(true)) != null) {
                assertThat(sent.incrementAndGet()).isLessThan(100_000);
            }
            assertThat(list(credit("orders"), "producers").get(0))
                    .containsEntry("reason", "unconfirmed")
                    .containsEntry("credit", 0);
        });
        var backlog = list(credit("orders"), "unconfirmed").get(0);
        assertThat(backlog).containsEntry("reason", "queue-full");
        assertThat((Long) backlog.get("messages")).isGreaterThan(100);
        var receiver = broker.connection().openReceiver("orders");
        for (int i = 0; i <= sent.get(); i++) {
            assertThat(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS)).isNotNull();
        }
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS)
                .untilAsserted(() ->
                        assertThat(list(credit("orders"), "producers").get(0)).containsEntry("reason", "has-credit"));
        // Who asks is a producer of the management node.
        assertThat(list(credit("$management"), "producers").get(0)).containsEntry("reason", "has-credit");
    }

    private Map<String, Object> credit(String name) throws ClientException {
        return ask("EXPLAIN-CREDIT", name, Map.of());
    }

    @Test
    void answersForSubscriptionsToo() throws Exception {
        var options = new ReceiverOptions().linkName("mine").autoAccept(false).creditWindow(0);
        options.sourceOptions().capabilities("topic");
        var subscriber = broker.connection().openDurableReceiver("news", "mine", options);
        subscriber.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var sender = broker.connection().openSender("news");
        sender.send(Message.create((Object) "a").messageId("a").durable(true)).awaitAccepted();
        var subscriptions = list(ask("EXPLAIN-DELIVERY", "news", Map.of("subscription", "mine")), "subscriptions");
        assertThat(subscriptions).hasSize(1);
        assertThat(subscriptions.get(0)).containsEntry("subscription", "mine").containsEntry("container", "operator");
        assertThat(list(subscriptions.get(0), "messages").get(0)).containsEntry("reason", "no-credit");
        subscriber.detach();
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS).untilAsserted(() -> assertThat(list(
                        list(ask("EXPLAIN-DELIVERY", "news", Map.of()), "subscriptions")
                                .get(0),
                        "queue"))
                .first()
                .satisfies(each -> assertThat(each).containsEntry("reason", "no-consumer")));
        assertThat(status("EXPLAIN-DELIVERY", "news", Map.of("subscription", "other")))
                .isEqualTo(404);
    }

    private int status(String operation, String name, Map<String, Object> properties) throws ClientException {
        return ManagedBroker.status(request(operation, name, properties));
    }

    @Test
    void saysThatRoutesLeadOn() throws Exception {
        create("orders", Map.of());
        create("archive", Map.of("maxMessages", 1L));
        var route = broker.management()
                .ask("CREATE", "dev.godwit.route", "to archive", Map.of("from", "orders", "to", "archive"));
        assertThat(ManagedBroker.status(route)).isEqualTo(201);
        assertThat(credit("orders").get("routes")).isEqualTo(List.of("archive"));
        assertThat(credit("archive")).doesNotContainKey("routes").containsEntry("complete", true);
    }

    @Test
    void refusesWhatMakesNoSense() throws Exception {
        assertThat(status("EXPLAIN-DELIVERY", "nowhere", Map.of())).isEqualTo(404);
        assertThat(status("EXPLAIN-CREDIT", "nowhere", Map.of())).isEqualTo(404);
        create("orders", Map.of());
        assertThat(status("EXPLAIN-DELIVERY", "orders", Map.of("count", 101))).isEqualTo(400);
        assertThat(status("EXPLAIN-DELIVERY", "orders", Map.of("message", 5))).isEqualTo(400);
        assertThat(status("EXPLAIN-DELIVERY", "orders", Map.of("message", "a", "number", 5)))
                .isEqualTo(400);
        // Messages without a number are not all the same one.
        assertThat(status("EXPLAIN-DELIVERY", "orders", Map.of("number", 0))).isEqualTo(400);
        assertThat(status("EXPLAIN-DELIVERY", "orders", Map.of("message", "a", "number", 0)))
                .isEqualTo(400);
        assertThat(status("EXPLAIN-CREDIT", "orders", Map.of("count", "many"))).isEqualTo(400);
    }
}
