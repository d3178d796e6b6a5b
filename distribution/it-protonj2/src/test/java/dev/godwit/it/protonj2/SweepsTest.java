package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.ManagedBroker.QUEUE;
import static dev.godwit.it.protonj2.ManagedBroker.body;
import static dev.godwit.it.protonj2.ManagedBroker.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that an operator brings elsewhere: dead letters to where they came from, or what a filter picks. */
@Timeout(60)
final class SweepsTest {
    private static final long SOON_SECONDS = 10;
    private static final int LARGE_BYTES = 3 * 1024 * 1024 + 7;
    private static final String SWEEP = "dev.godwit.sweep";

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker();

    private Message<?> ask(String operation, String type, String name, Map<String, Object> properties)
            throws ClientException {
        return broker.management().ask(operation, type, name, null, properties);
    }

    private static long number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Long number ? number : -1;
    }

    private long messages(String queue) throws ClientException {
        return number(body(ask("READ", QUEUE, queue, Map.of())), "messages");
    }

    private Map<String, Object> ended(Message<?> begun) throws ClientException {
        assertThat(status(begun)).isIn(200, 202);
        var id = String.valueOf(body(begun).get("name"));
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS).until(() -> !"running"
                .equals(body(ask("READ", SWEEP, id, Map.of())).get("state")));
        return body(ask("READ", SWEEP, id, Map.of()));
    }

    private void send(String address, String... texts) throws Exception {
        try (var sender = broker.connection().openSender(address)) {
            for (var text : texts) {
                sender.send(Message.create((Object) text).durable(true).property("text", text))
                        .awaitAccepted();
            }
        }
    }

    /** All messages become dead letters. */
    private void reject(String queue, int count) throws Exception {
        try (var receiver = broker.connection().openReceiver(queue, new ReceiverOptions().autoAccept(false))) {
            for (int i = 0; i < count; i++) {
                receiver.receive(SOON_SECONDS, TimeUnit.SECONDS)
                        .disposition(DeliveryState.rejected("app:bad", "cannot be read"), true);
            }
        }
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS).until(() -> messages(queue) == 0);
    }

    private List<Object> receive(String address, int count) throws Exception {
        var bodies = new ArrayList<Object>();
        try (var receiver = broker.connection().openReceiver(address)) {
            for (int i = 0; i < count; i++) {
                var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
                assertThat(delivery).as("message " + i + " at " + address).isNotNull();
                assertThat(delivery.message().deliveryCount()).isZero();
                bodies.add(delivery.message().body());
            }
        }
        return bodies;
    }

    @Test
    void deadLettersGoBackToWhereTheyCameFrom() throws Exception {
        send("orders", "o1", "o2", "o3");
        send("bills", "b1");
        reject("orders", 3);
        reject("bills", 1);
        send("DLQ", "sent there");

        var dry = ask("REDRIVE", QUEUE, "DLQ", Map.of("dryRun", true));
        assertThat(status(dry)).isEqualTo(200);
        assertThat(body(dry)).containsEntry("origins", Map.of("orders", 3L, "bills", 1L));
        assertThat(messages("DLQ")).isEqualTo(5);

        var some = ended(ask("REDRIVE", QUEUE, "DLQ", Map.of("filter", "text = 'o2' OR text = 'b1'")));
        assertThat(some)
                .containsEntry("state", "done")
                .containsEntry("done", 2L)
                .containsEntry("stayed", 0L)
                .containsEntry("origins", Map.of("orders", 1L, "bills", 1L));
        assertThat(receive("orders", 1)).containsExactly("o2");
        assertThat(receive("bills", 1)).containsExactly("b1");

        var rest = ended(ask("REDRIVE", QUEUE, "DLQ", Map.of()));
        assertThat(rest).containsEntry("done", 2L).containsEntry("stayed", 1L);
        assertThat(receive("orders", 2)).containsExactly("o1", "o3");
        assertThat(receive("DLQ", 1)).containsExactly("sent there");
    }

    @Test
    void deadLettersArePickedByWhatIsWrittenOnThemAndMayGoElsewhere() throws Exception {
        send("orders", "o1");
        send("bills", "b1");
        reject("orders", 1);
        reject("bills", 1);
        var moved = ended(ask(
                "REDRIVE",
                QUEUE,
                "DLQ",
                Map.of("filter", "\"x-opt-dead-letter-address\" = 'bills'", "to", "to.look.at")));
        assertThat(moved).containsEntry("done", 1L).containsEntry("to", "to.look.at");
        assertThat(receive("to.look.at", 1)).containsExactly("b1");
        assertThat(messages("DLQ")).isEqualTo(1);
    }

    @Test
    void messagesAreMovedCopiedAndPurgedByFilter() throws Exception {
        send("from", "a", "b", "c", "d");
        assertThat(ended(ask("COPY", QUEUE, "from", Map.of("to", "copies", "filter", "text IN ('a', 'b')"))))
                .containsEntry("done", 2L);
        assertThat(receive("copies", 2)).containsExactly("a", "b");
        assertThat(ended(ask("MOVE", QUEUE, "from", Map.of("to", "moved", "limit", 2))))
                .containsEntry("done", 2L);
        assertThat(receive("moved", 2)).containsExactly("a", "b");
        var purged = ask("PURGE", QUEUE, "from", Map.of("filter", "text = 'c'"));
        assertThat(status(purged)).isEqualTo(200);
        assertThat(body(purged)).containsEntry("messages", 1L);
        assertThat(receive("from", 1)).containsExactly("d");
    }

    @Test
    void aSlowOneTellsHowFarItIsAndCanBeCancelled() throws Exception {
        send("from", "a", "b", "c", "d", "e", "f", "g", "h");
        var begun = ask("MOVE", QUEUE, "from", Map.of("to", "to", "rate", 1));
        assertThat(status(begun)).isEqualTo(202);
        var id = String.valueOf(body(begun).get("name"));
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS)
                .until(() -> number(body(ask("READ", SWEEP, id, Map.of())), "done") >= 2);
        assertThat(status(ask("DELETE", SWEEP, id, Map.of()))).isEqualTo(204);
        assertThat(ended(begun)).containsEntry("state", "cancelled");
        assertThat(messages("from") + messages("to")).isEqualTo(8);
        assertThat(messages("from")).isGreaterThan(0);
        assertThat(status(ask("DELETE", SWEEP, id, Map.of()))).isEqualTo(204);
        assertThat(status(ask("READ", SWEEP, id, Map.of()))).isEqualTo(404);
    }

    @Test
    void whatNobodyTakesAtATopicStays() throws Exception {
        var topic = new SenderOptions();
        topic.targetOptions().capabilities("topic");
        broker.connection().openSender("news", topic).close();
        send("from", "a", "b");
        assertThat(ended(ask("MOVE", QUEUE, "from", Map.of("to", "news"))))
                .containsEntry("state", "done")
                .containsEntry("done", 0L)
                .containsEntry("stayed", 2L);
        assertThat(messages("from")).isEqualTo(2);
        var options = new ReceiverOptions();
        options.sourceOptions().capabilities("topic");
        try (var subscriber = broker.connection().openReceiver("news", options)) {
            assertThat(ended(ask("MOVE", QUEUE, "from", Map.of("to", "news")))).containsEntry("done", 2L);
            assertThat(subscriber
                            .receive(SOON_SECONDS, TimeUnit.SECONDS)
                            .message()
                            .body())
                    .isEqualTo("a");
        }
        assertThat(messages("from")).isZero();
    }

    @Test
    void oneToAQueueThatIsFullCanBeCancelled() throws Exception {
        assertThat(status(ask("CREATE", QUEUE, "full", Map.of()))).isEqualTo(201);
        broker.management().done("UPDATE", "full", Map.of("maxMessages", 1));
        send("from", "a", "b", "c");
        var begun = ask("MOVE", QUEUE, "from", Map.of("to", "full"));
        var id = String.valueOf(body(begun).get("name"));
        await().atMost(SOON_SECONDS, TimeUnit.SECONDS)
                .until(() -> number(body(ask("READ", SWEEP, id, Map.of())), "done") == 1);
        assertThat(body(ask("READ", SWEEP, id, Map.of()))).containsEntry("state", "running");
        assertThat(status(ask("DELETE", SWEEP, id, Map.of()))).isEqualTo(204);
        assertThat(ended(begun)).containsEntry("state", "cancelled").containsEntry("done", 1L);
        assertThat(receive("from", 2)).containsExactly("b", "c");
        assertThat(receive("full", 1)).containsExactly("a");
        assertThat(messages("full")).isZero();
    }

    @Test
    void largeMessagesAreBroughtElsewhereToo() throws Exception {
        sendLarge("from", 3);
        assertThat(ended(ask("COPY", QUEUE, "from", Map.of("to", "copies", "filter", "JMSType = 'large 1'"))))
                .containsEntry("done", 1L);
        assertThat(receiveLarge("copies")).isEqualTo("large 1");
        assertThat(ended(ask("MOVE", QUEUE, "from", Map.of("to", "moved", "limit", 2))))
                .containsEntry("done", 2L)
                .containsEntry("stayed", 0L);
        assertThat(messages("from")).isEqualTo(1);
        reject("moved", 2);
        assertThat(ended(ask("REDRIVE", QUEUE, "DLQ", Map.of())))
                .containsEntry("done", 2L)
                .containsEntry("origins", Map.of("moved", 2L));
        assertThat(receiveLarge("moved")).isEqualTo("large 0");
        assertThat(receiveLarge("moved")).isEqualTo("large 1");
        assertThat(body(ask("PURGE", QUEUE, "from", Map.of("filter", "JMSType = 'large 2'"))))
                .containsEntry("messages", 1L);
        assertThat(messages("from") + messages("DLQ")).isZero();
    }

    private void sendLarge(String address, int count) throws Exception {
        var bytes = new byte[LARGE_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + (i >>> 12));
        }
        try (var sender = broker.connection().openSender(address)) {
            for (int number = 0; number < count; number++) {
                sender.send(Message.create(bytes).durable(true).subject("large " + number))
                        .awaitAccepted();
            }
        }
    }

    /** Returns its subject. */
    private String receiveLarge(String address) throws Exception {
        try (var receiver = broker.connection().openReceiver(address, new ReceiverOptions().creditWindow(0))) {
            receiver.addCredit(1);
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).as("a message at " + address).isNotNull();
            var bytes = (byte[]) delivery.message().body();
            assertThat(bytes).hasSize(LARGE_BYTES);
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] != (byte) (i * 31 + (i >>> 12))) {
                    throw new AssertionError("byte " + i + " is wrong");
                }
            }
            delivery.accept();
            return delivery.message().subject();
        }
    }

    @Test
    void whatCannotBeIsRefusedByName() throws Exception {
        send("from", "a");
        assertThat(why("MOVE", Map.of())).startsWith("MOVE needs the application property 'to'");
        assertThat(why("MOVE", Map.of("to", "from"))).isEqualTo("the messages of 'from' are there already");
        assertThat(why("MOVE", Map.of("to", "x", "filter", "a ="))).startsWith("the filter: ");
        assertThat(why("MOVE", Map.of("to", "x", "rate", -1)))
                .isEqualTo("the application property 'rate' is to be a whole number from 1 to 1000000, not '-1'");
        assertThat(why("COPY", Map.of("to", "$management"))).contains("kept for queues and nodes");
        assertThat(status(ask("REDRIVE", QUEUE, "nowhere", Map.of()))).isEqualTo(404);
    }

    private String why(String operation, Map<String, Object> properties) throws ClientException {
        var answer = ask(operation, QUEUE, "from", properties);
        assertThat(status(answer)).isEqualTo(400);
        return (String) answer.property("statusDescription");
    }
}
