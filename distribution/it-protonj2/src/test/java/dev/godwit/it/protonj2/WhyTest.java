package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ClientOptions;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An operator asks why messages are not delivered, and why producers have no credit. */
@Timeout(60)
final class WhyTest {
    private static final long SOON_SECONDS = 10;
    private static final String QUEUE = "dev.godwit.queue";

    @TempDir
    private Path data;

    private Client client;
    private Broker broker;
    private Connection connection;
    private Sender requests;
    private Receiver answers;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfiguration.defaults(data).withPort(0));
        client = Client.create(new ClientOptions().id("operator"));
        connection = client.connect("127.0.0.1", broker.port());
        requests = connection.openSender("$management");
        answers = connection.openDynamicReceiver();
    }

    @AfterEach
    void stop() {
        connection.close();
        client.close();
        broker.close();
    }

    private Message<?> request(String operation, String name, Map<String, Object> properties) throws ClientException {
        return request(operation, name, properties, QUEUE);
    }

    private Message<?> request(String operation, String name, Map<String, ?> properties, String type)
            throws ClientException {
        Object body = properties.get("body");
        var request = Message.create(body == null ? Map.of() : body)
                .messageId(UUID.randomUUID().toString())
                .replyTo(answers.address())
                .property("operation", operation)
                .property("type", type)
                .property("name", name);
        for (var property : properties.entrySet()) {
            if (!property.getKey().equals("body")) {
                request.property(property.getKey(), property.getValue());
            }
        }
        requests.send(request).awaitAccepted();
        return Objects.requireNonNull(answers.receive(SOON_SECONDS, TimeUnit.SECONDS), "an answer")
                .message();
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> ask(String operation, String name, Map<String, Object> properties)
            throws ClientException {
        var answer = request(operation, name, properties);
        assertThat((Integer) answer.property("statusCode"))
                .as("%s", answer.property("statusDescription"))
                .isIn(200, 201);
        return (Map<String, Object>) answer.body();
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
        ask("CREATE", "orders", Map.of("body", Map.of("lockDuration", 60_000L)));
        var sender = connection.openSender("orders");
        for (var id : List.of("one", "two")) {
            sender.send(Message.create((Object) id).messageId(id).durable(true)).awaitAccepted();
        }
        assertThat(list(delivery(), "queue").get(0)).containsEntry("reason", "no-consumer");
        assertThat(list(delivery(), "messages"))
                .extracting(each -> each.get("message"))
                .containsExactly("one", "two");

        var options = new ReceiverOptions().linkName("idle").autoAccept(false).creditWindow(0);
        var receiver = connection.openReceiver("orders", options);
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
        ask("CREATE", "orders", Map.of("body", Map.of("maxMessages", 1L)));
        var sender = connection.openSender("orders", new SenderOptions().linkName("eager"));
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
        var receiver = connection.openReceiver("orders");
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
        var subscriber = connection.openDurableReceiver("news", "mine", options);
        subscriber.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var sender = connection.openSender("news");
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
        return (Integer) request(operation, name, new HashMap<>(properties)).property("statusCode");
    }

    @Test
    void saysThatRoutesLeadOn() throws Exception {
        ask("CREATE", "orders", Map.of());
        ask("CREATE", "archive", Map.of("maxMessages", 1L));
        var route = Map.of("body", Map.of("from", "orders", "to", "archive"));
        assertThat((Integer) request("CREATE", "to archive", route, "dev.godwit.route")
                        .property("statusCode"))
                .isEqualTo(201);
        assertThat(credit("orders").get("routes")).isEqualTo(List.of("archive"));
        assertThat(credit("archive")).doesNotContainKey("routes").containsEntry("complete", true);
    }

    @Test
    void refusesWhatMakesNoSense() throws Exception {
        assertThat(status("EXPLAIN-DELIVERY", "nowhere", Map.of())).isEqualTo(404);
        assertThat(status("EXPLAIN-CREDIT", "nowhere", Map.of())).isEqualTo(404);
        ask("CREATE", "orders", Map.of());
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
