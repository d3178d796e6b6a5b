package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.ManagedBroker.QUEUE;
import static dev.godwit.it.protonj2.ManagedBroker.body;
import static dev.godwit.it.protonj2.ManagedBroker.request;
import static dev.godwit.it.protonj2.ManagedBroker.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.address.AutoCreation;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryMode;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.client.exceptions.ClientLinkRemotelyClosedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The management node, in the forms of both drafts. */
@Timeout(60)
final class ManagementTest {
    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 300;

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker(defaults ->
            // What is not created by request is not there.
            defaults.withQueues(defaults.queues().withAutoCreation(new AutoCreation(false, List.of()))));

    private Message<?> ask(String operation, @Nullable String name, @Nullable Object body) throws ClientException {
        return broker.management().ask(operation, QUEUE, name, body);
    }

    @Test
    void createsReadsUpdatesAndDeletesAQueue() throws Exception {
        var created = ask("CREATE", "orders", Map.of("maximumDeliveryAttempts", 3));
        assertThat(status(created)).isEqualTo(201);
        assertThat(body(created)).containsEntry("name", "orders").containsEntry("maximumDeliveryAttempts", 3);
        assertThat(status(ask("CREATE", "orders", Map.of()))).isEqualTo(409);

        broker.connection()
                .openSender("orders")
                .send(Message.create("a").durable(true))
                .awaitAccepted();
        var read = ask("READ", "orders", null);
        assertThat(status(read)).isEqualTo(200);
        assertThat(body(read)).containsEntry("messages", 1L).containsEntry("durable", true);

        var updated = ask("UPDATE", "orders", Map.of("deadLetterAddress", "failed"));
        assertThat(status(updated)).isEqualTo(200);
        assertThat(body(updated))
                .containsEntry("maximumDeliveryAttempts", 3)
                .containsEntry("deadLetterAddress", "failed");

        assertThat(status(ask("DELETE", "orders", null))).isEqualTo(204);
        assertThat(status(ask("READ", "orders", null))).isEqualTo(404);
        assertThat(status(ask("DELETE", "orders", null))).isEqualTo(404);
    }

    @Test
    void keepsSettingsAndDeletionsOverARestart() throws Exception {
        ask("CREATE", "kept", Map.of("maximumDeliveryAttempts", 1, "deadLetterAddress", "failed"));
        ask("CREATE", "gone", Map.of());
        broker.connection()
                .openSender("gone")
                .send(Message.create("lost").durable(true))
                .awaitAccepted();
        ask("DELETE", "gone", null);
        broker.restart();

        assertThat(status(ask("READ", "gone", null))).isEqualTo(404);
        assertThat(body(ask("READ", "kept", null)))
                .containsEntry("maximumDeliveryAttempts", 1)
                .containsEntry("deadLetterAddress", "failed");
        broker.connection()
                .openSender("kept")
                .send(Message.create("a").durable(true))
                .awaitAccepted();
        broker.connection()
                .openReceiver("kept", new ReceiverOptions().autoAccept(false))
                .receive(SOON_SECONDS, TimeUnit.SECONDS)
                .modified(true, false);

        await().until(() -> status(ask("READ", "failed", null)) == 200);
        var dead = broker.connection().openReceiver("failed").receive(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(dead.message().annotation("x-opt-dead-letter-address")).isEqualTo("kept");
    }

    @Test
    void tellsLinksOfADeletedQueue() throws Exception {
        ask("CREATE", "doomed", Map.of());
        var sender = broker.connection().openSender("doomed");
        var receiver = broker.connection().openReceiver("doomed");
        sender.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);

        ask("DELETE", "doomed", null);

        await().untilAsserted(() -> assertThat(endOf(receiver::tryReceive)).isEqualTo("amqp:resource-deleted"));
        await().untilAsserted(() ->
                assertThat(endOf(() -> sender.send(Message.create("too late")))).isEqualTo("amqp:resource-deleted"));
    }

    private interface Attempt {
        Object run() throws ClientException;
    }

    private static String endOf(Attempt attempt) throws ClientException {
        try {
            attempt.run();
            return "open";
        } catch (ClientLinkRemotelyClosedException closed) {
            return closed.getErrorCondition().condition();
        }
    }

    @Test
    void purgesWhatNobodyHas() throws Exception {
        ask("CREATE", "orders", Map.of());
        var sender = broker.connection().openSender("orders");
        for (int number = 0; number < 20; number++) {
            sender.send(Message.create(number).durable(number % 2 == 0)).awaitAccepted();
        }
        var receiver = broker.connection()
                .openReceiver("orders", new ReceiverOptions().autoAccept(false).creditWindow(0));
        receiver.addCredit(2);
        var held = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
        receiver.receive(SOON_SECONDS, TimeUnit.SECONDS).release();
        await().until(() ->
                Long.valueOf(1).equals(body(ask("READ", "orders", null)).get("acquired")));

        var purged = ask("PURGE", "orders", null);

        assertThat(status(purged)).isEqualTo(200);
        assertThat(body(purged)).containsEntry("messages", 19L);
        assertThat(body(ask("READ", "orders", null))).containsEntry("messages", 1L);
        held.release();
        receiver.addCredit(5);
        assertThat(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS).message().body())
                .isEqualTo(0);
        assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    @SuppressWarnings("unchecked")
    void queriesQueuesAndTellsWhatItKnows() throws Exception {
        ask("CREATE", "a", Map.of());
        ask("CREATE", "b", Map.of());
        var query = request("QUERY", Map.of("attributeNames", List.of("name", "messages", "nonsense")))
                .property("entityType", QUEUE);

        var found = broker.management().answer(query);

        assertThat(status(found)).isEqualTo(200);
        assertThat(body(found)).containsEntry("attributeNames", List.of("name", "messages", "nonsense"));
        var rows = (List<List<Object>>) Objects.requireNonNull(body(found).get("results"));
        assertThat(rows.stream().map(row -> row.get(0)).toList()).contains("a", "b");
        assertThat(rows.get(0).get(2)).isNull();
        assertThat(found.property("count")).isEqualTo(rows.size());
        assertThat(body(broker.management().answer(request("GET-TYPES", null))))
                .containsKeys(QUEUE, "org.amqp.management");
        assertThat((List<Object>) body(broker.management().answer(request("GET-OPERATIONS", null)))
                        .get(QUEUE))
                .contains("CREATE", "PURGE");
        assertThat((List<Object>) body(broker.management().answer(request("GET-ATTRIBUTES", null)))
                        .get(QUEUE))
                .contains("messages");
    }

    @Test
    void saysWhatIsWrongWithARequest() throws Exception {
        assertThat(status(
                        broker.management().answer(Message.create((Object) null).messageId("1"))))
                .isEqualTo(400);
        assertThat(status(ask("EXPLODE", "a", null))).isEqualTo(501);
        assertThat(status(ask("CREATE", null, Map.of()))).isEqualTo(400);
        assertThat(status(ask("CREATE", "bad\nname", Map.of()))).isEqualTo(400);
        assertThat(status(ask("CREATE", "a", "no map"))).isEqualTo(400);
        assertThat(status(ask("CREATE", "a", Map.of("durable", false)))).isEqualTo(400);
        assertThat(status(ask("CREATE", "a", Map.of("colour", "blue")))).isEqualTo(400);
        assertThat(status(ask("CREATE", "a", Map.of("maximumDeliveryAttempts", -1))))
                .isEqualTo(400);
        assertThat(status(ask("CREATE", "a", Map.of("maximumDeliveryAttempts", 1L << 40))))
                .isEqualTo(400);
        assertThat(status(ask("CREATE", "a", Map.of("deadLetterAddress", "$management"))))
                .isEqualTo(400);
        assertThat(status(ask("CREATE", "a", Map.of("deadLetterAddress", "temporary.of.another"))))
                .isEqualTo(400);
        assertThat(status(ask("CREATE", "a", Map.of("deadLetterAddress", "bad\nname"))))
                .isEqualTo(400);
        assertThat(status(ask("READ", "a", null))).isEqualTo(404);
        assertThat(status(ask("PURGE", "a", null))).isEqualTo(404);
        assertThat(status(broker.management()
                        .answer(request("READ", null)
                                .property("type", "org.example.nothing")
                                .property("name", "a"))))
                .isEqualTo(404);
    }

    @Test
    void answersHttpOnPairedLinks() throws Exception {
        var paired = broker.connection().openSession();
        var properties = Map.<String, Object>of("paired", true);
        var out = paired.openSender(
                "/management",
                new SenderOptions()
                        .deliveryMode(DeliveryMode.AT_MOST_ONCE)
                        .linkName("pair")
                        .properties(properties));
        var in = paired.openReceiver(
                "/management",
                new ReceiverOptions()
                        .deliveryMode(DeliveryMode.AT_MOST_ONCE)
                        .linkName("pair")
                        .properties(properties));
        out.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        in.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);

        assertThat(http(out, in, "GET", "/queues/a%2Fb", null).subject()).isEqualTo("404");
        var declared = http(
                out,
                in,
                "PUT",
                "/queues/a%2Fb",
                Map.of("durable", true, "arguments", Map.of("x-queue-type", "quorum", "x-delivery-limit", 4)));
        assertThat(declared.subject()).isEqualTo("201");
        assertThat(body(declared)).containsEntry("name", "a/b").containsEntry("message_count", 0L);
        assertThat(http(out, in, "PUT", "/queues/a%2Fb", Map.of("arguments", Map.of("x-delivery-limit", 4)))
                        .subject())
                .isEqualTo("200");
        assertThat(http(out, in, "PUT", "/queues/a%2Fb", Map.of()).subject()).isEqualTo("409");
        assertThat(http(out, in, "PUT", "/queues/c", Map.of("exclusive", true)).subject())
                .isEqualTo("400");
        assertThat(http(out, in, "PUT", "/queues/c", Map.of("arguments", Map.of("x-delivery-limit", Long.MAX_VALUE)))
                        .subject())
                .isEqualTo("400");
        assertThat(http(out, in, "GET", "/queues/" + "c".repeat(1_025), null).subject())
                .isEqualTo("400");
        assertThat(http(out, in, "PUT", "/exchanges/e", Map.of()).subject()).isEqualTo("204");
        assertThat(http(out, in, "DELETE", "/exchanges/e", null).subject()).isEqualTo("501");
        assertThat(http(out, in, "PUT", "/auth/tokens", Map.of()).subject()).isEqualTo("501");
        broker.connection()
                .openSender("a/b")
                .send(Message.create("x").durable(true))
                .awaitAccepted();
        assertThat(body(http(out, in, "DELETE", "/queues/a%2Fb/messages", null)))
                .containsEntry("message_count", 1L);
        assertThat(body(http(out, in, "DELETE", "/queues/a%2Fb", null))).containsEntry("message_count", 0L);
        assertThat(http(out, in, "GET", "/queues/a%2Fb", null).subject()).isEqualTo("404");
    }

    private static Message<?> http(Sender out, Receiver in, String method, String path, @Nullable Object body)
            throws ClientException {
        var id = UUID.randomUUID();
        out.send(Message.create(body).messageId(id).subject(method).to(path).replyTo("$me"));
        var delivery = in.receive(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(delivery).as("an answer to " + method + " " + path).isNotNull();
        assertThat(delivery.message().correlationId()).isEqualTo(id);
        return delivery.message();
    }
}
