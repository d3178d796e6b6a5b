package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.ManagedBroker.QUEUE;
import static dev.godwit.it.protonj2.ManagedBroker.body;
import static dev.godwit.it.protonj2.ManagedBroker.request;
import static dev.godwit.it.protonj2.ManagedBroker.status;
import static dev.godwit.it.protonj2.ManagedBroker.why;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerStartException;
import dev.godwit.broker.RoutingConfiguration;
import dev.godwit.broker.address.RoutingRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.DistributionMode;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Aliases and routes between addresses: configured, and changed while the broker runs. */
@Timeout(60)
final class RoutingTest {
    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 200;
    private static final String ALIAS = "dev.godwit.alias";
    private static final String ROUTE = "dev.godwit.route";
    private static final RoutingConfiguration CONFIGURED = new RoutingConfiguration(
            List.of(
                    new RoutingRule.Alias("shop.old", "shop"),
                    new RoutingRule.Forward("copies", "shop", "audit", null, false),
                    new RoutingRule.Forward("all orders", "orders.#", "everything", null, false)),
            true);

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker(defaults -> defaults.withRouting(CONFIGURED));

    private Message<?> ask(String operation, String type, String name, @Nullable Object body) throws ClientException {
        return broker.management().ask(operation, type, name, body);
    }

    private void route(String name, Map<String, Object> attributes) throws ClientException {
        var made = ask("CREATE", ROUTE, name, attributes);
        assertThat(status(made)).as(why(made)).isEqualTo(201);
    }

    private static Message<Object> text(String text) throws ClientException {
        return Message.create((Object) text).durable(true);
    }

    private void send(String address, Message<?> message) throws Exception {
        try (var sender = broker.connection().openSender(address)) {
            sender.send(message).awaitAccepted();
        }
    }

    private Message<?> receive(String address) throws Exception {
        try (var receiver = broker.connection().openReceiver(address)) {
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).as("a message at " + address).isNotNull();
            return delivery.message();
        }
    }

    private void expect(String address, String expected) throws Exception {
        assertThat((Object) receive(address).body()).isEqualTo(expected);
    }

    private void expectNothing(String address) throws Exception {
        try (var receiver = broker.connection().openReceiver(address)) {
            assertThat(receiver.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS))
                    .as("a message at " + address)
                    .isNull();
        }
    }

    @Test
    void configuredOnesHoldFromTheStart() throws Exception {
        send("shop.old", text("a"));
        expect("shop", "a");
        var copy = receive("audit");
        assertThat((Object) copy.body()).isEqualTo("a");
        assertThat(copy.annotation("x-opt-original-address")).isEqualTo("shop");

        send("shop", text("b"));
        expect("shop.old", "b");
        assertThat(body(ask("READ", ROUTE, "copies", null)))
                .containsEntry("from", "shop")
                .containsEntry("to", "audit")
                .containsEntry("exclusive", false)
                .containsEntry("stored", false);
        assertThat(why(ask("DELETE", ROUTE, "copies", null))).contains("one of the configuration");
    }

    @Test
    void aliasesAreKnownToTheAnonymousRelay() throws Exception {
        try (var relay = broker.connection().openAnonymousSender()) {
            relay.send(text("a").to("shop.old")).awaitAccepted();
        }
        expect("shop", "a");
        expect("audit", "a");
    }

    @Test
    void storedOnesHoldAtOnceAlsoForProducersThatAreThereAndAfterARestart() throws Exception {
        try (var sender = broker.connection().openSender("orders")) {
            sender.send(text("before")).awaitAccepted();
            route("red", Map.of("from", "orders", "to", "red", "filter", "colour = 'red'", "exclusive", true));
            sender.send(text("red one").property("colour", "red")).awaitAccepted();
            sender.send(text("blue one").property("colour", "blue")).awaitAccepted();
        }
        expect("red", "red one");
        expect("orders", "before");
        expect("orders", "blue one");

        assertThat(status(ask("CREATE", ALIAS, "bestellungen", Map.of("to", "orders"))))
                .isEqualTo(201);
        broker.restart();
        send("bestellungen", text("red two").property("colour", "red"));
        expect("red", "red two");

        var updated = ask("UPDATE", ROUTE, "red", Map.of("to", "rot"));
        assertThat(body(updated)).containsEntry("to", "rot").containsEntry("filter", "colour = 'red'");
        send("orders", text("red three").property("colour", "red"));
        expect("rot", "red three");
        assertThat(status(ask("DELETE", ROUTE, "red", null))).isEqualTo(204);
        assertThat(status(ask("READ", ROUTE, "red", null))).isEqualTo(404);
        send("bestellungen", text("red four").property("colour", "red"));
        expect("orders", "red four");
        assertThat(status(ask("DELETE", ALIAS, "bestellungen", null))).isEqualTo(204);
        send("bestellungen", text("elsewhere"));
        expectNothing("orders");
    }

    @Test
    void severalRoutesMakeACompositeAddress() throws Exception {
        for (var to : List.of("one", "two", "three")) {
            route("to " + to, Map.of("from", "all", "to", to, "exclusive", true));
        }
        send("all", text("a"));
        for (var to : List.of("one", "two", "three")) {
            expect(to, "a");
        }
        assertThat(body(ask("READ", QUEUE, "all", null))).containsEntry("messages", 0L);
    }

    @Test
    void topicsFillQueuesAlsoByPattern() throws Exception {
        route("large ones", Map.of("from", "orders.new", "to", "large", "filter", "size > 10"));
        var topic = new SenderOptions();
        topic.targetOptions().capabilities("topic");
        try (var sender = broker.connection().openSender("orders.new", topic)) {
            sender.send(text("small").property("size", 5)).awaitAccepted();
            sender.send(text("big").property("size", 50)).awaitAccepted();
        }
        expect("everything", "small");
        expect("everything", "big");
        expect("large", "big");
        broker.restart();
        try (var sender = broker.connection().openSender("orders.old", topic)) {
            sender.send(text("late")).awaitAccepted();
        }
        expect("everything", "late");
    }

    @Test
    void aQueueNamedAfterAVirtualTopicIsFilledByIt() throws Exception {
        try (var receiver = broker.connection().openReceiver("Consumer.billing.VirtualTopic.orders")) {
            send("VirtualTopic.orders", text("a"));
            assertThat(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS)
                            .message()
                            .body())
                    .isEqualTo("a");
        }
        // It is a queue: what comes meanwhile stays.
        send("VirtualTopic.orders", text("b"));
        broker.restart();
        expect("Consumer.billing.VirtualTopic.orders", "b");
        assertThat(status(ask("DELETE", QUEUE, "Consumer.billing.VirtualTopic.orders", null)))
                .isEqualTo(204);
        send("VirtualTopic.orders", text("c"));
        expectNothing("Consumer.billing.VirtualTopic.orders");
    }

    @Test
    void transactionsHaveAllCopiesOrNone() throws Exception {
        var session = broker.connection().openSession();
        try (var sender = session.openSender("shop")) {
            session.beginTransaction();
            sender.send(text("gone")).awaitSettlement();
            session.rollbackTransaction();
            session.beginTransaction();
            sender.send(text("kept")).awaitSettlement();
            session.commitTransaction();
        }
        expect("shop", "kept");
        expect("audit", "kept");
    }

    @Test
    void whatTheOnlyAddressRefusesItsProducerHears() throws Exception {
        ask("CREATE", QUEUE, "full", Map.of("maxMessages", 1, "whenFull", "reject"));
        route("exclusively", Map.of("from", "toFull", "to", "full", "exclusive", true));
        try (var sender = broker.connection().openSender("toFull")) {
            sender.send(text("1")).awaitAccepted();
            var refused = sender.send(text("2"));
            refused.settlementFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(refused.remoteState().getType()).isEqualTo(DeliveryState.Type.REJECTED);
        }
        ask("UPDATE", ROUTE, "exclusively", Map.of("exclusive", false));
        send("toFull", text("3"));
        expect("toFull", "3");
        assertThat(body(ask("READ", QUEUE, "full", null))).containsEntry("messages", 1L);
    }

    @Test
    void whatCannotHoldIsRefusedByName() throws Exception {
        route("r1", Map.of("from", "a", "to", "b"));
        route("r2", Map.of("from", "b", "to", "c"));
        var circle = ask("CREATE", ROUTE, "r3", Map.of("from", "c", "to", "a"));
        assertThat(status(circle)).isEqualTo(400);
        assertThat(why(circle))
                .contains("the route 'r3' would lead in a circle")
                .contains("'c' → 'a' → 'b' → 'c'");
        assertThat(why(ask("UPDATE", ROUTE, "r2", Map.of("to", "a")))).contains("in a circle");
        assertThat(why(ask("CREATE", ROUTE, "r4", Map.of("from", "x", "to", "y", "filter", "colour ="))))
                .startsWith("the filter of a route: ");
        assertThat(why(ask("CREATE", ROUTE, "r4", Map.of("from", "x", "to", "$management"))))
                .contains("kept for queues and nodes of the broker's own");
        assertThat(why(ask("CREATE", ROUTE, "r4", Map.of("from", "x", "where", "y"))))
                .startsWith("the attribute 'where' cannot be set; from");
        assertThat(status(ask("CREATE", ROUTE, "r1", Map.of("from", "x", "to", "y"))))
                .isEqualTo(409);
        assertThat(status(ask("CREATE", QUEUE, "shop.old", Map.of()))).isEqualTo(409);
        assertThat(why(ask("CREATE", ALIAS, "c", Map.of("to", "x"))))
                .contains("c'")
                .contains("no alias");
        for (var pattern : List.of("#", "shop.*", "x.#.y")) {
            var refused = ask("CREATE", ROUTE, "r4", Map.of("from", pattern, "to", "y"));
            assertThat(status(refused)).isEqualTo(400);
            assertThat(why(refused))
                    .startsWith("the route begins at '" + pattern + "', which is a pattern: nobody can have the rights")
                    .endsWith("write the route into the configuration (routing.routes)");
        }
        assertThat(why(ask("UPDATE", ROUTE, "r1", Map.of("from", "#")))).contains("which is a pattern");
        var needed = ask("DELETE", QUEUE, "c", null);
        assertThat(status(needed)).isEqualTo(400);
        assertThat(why(needed)).isEqualTo("the route 'r2' leads to 'c': delete it first");
    }

    @Test
    void areListed() throws Exception {
        route("r1", Map.of("from", "a", "to", "b"));
        var listed = broker.management()
                .answer(request("QUERY", Map.of("attributeNames", List.of("name", "to")))
                        .property("entityType", ROUTE));
        assertThat(body(listed).get("results"))
                .isEqualTo(
                        List.of(List.of("all orders", "everything"), List.of("copies", "audit"), List.of("r1", "b")));
    }

    @Test
    void aConfigurationWithACircleIsRefusedAtTheStart(@TempDir Path data) {
        var circle = new RoutingConfiguration(
                List.of(
                        new RoutingRule.Forward("there", "a", "b", null, false),
                        new RoutingRule.Forward("back", "b", "a", null, false)),
                false);
        assertThatThrownBy(() -> Broker.start(
                        BrokerConfiguration.defaults(data).withPort(0).withRouting(circle)))
                .isInstanceOf(BrokerStartException.class)
                .hasMessageContaining("the route 'back' would lead in a circle");
    }

    @Test
    void aBrowserFollowsAnAlias() throws Exception {
        send("shop", text("a"));
        var browsing = new ReceiverOptions();
        browsing.sourceOptions().distributionMode(DistributionMode.COPY);
        try (var browser = broker.connection().openReceiver("shop.old", browsing)) {
            assertThat(browser.receive(SOON_SECONDS, TimeUnit.SECONDS).message().body())
                    .isEqualTo("a");
        }
        expect("shop", "a");
    }
}
