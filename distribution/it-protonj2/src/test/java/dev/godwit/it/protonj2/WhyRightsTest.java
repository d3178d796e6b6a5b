package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.ManagedBroker.QUEUE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.Action;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody who may manage a few names learns nothing of what is in others by asking why something waits. */
@Timeout(60)
final class WhyRightsTest {
    private static final long SOON_SECONDS = 10;

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker().forContainer("somebody");

    private void start(List<AccessRule> rules) throws Exception {
        broker.restart(defaults -> defaults.withSecurity(new BrokerConfiguration.Security(Map.of(), rules)));
    }

    private static AccessRule rule(String addresses, EnumSet<Action> actions) {
        return new AccessRule(List.of("*"), List.of(), List.of(addresses), actions, true);
    }

    private static AccessRule all(String addresses) {
        return rule(addresses, EnumSet.allOf(Action.class));
    }

    private int status(String operation, String type, String name, Map<String, Object> body) throws ClientException {
        return ManagedBroker.status(broker.management().ask(operation, type, name, body));
    }

    private int why(String operation, String name) throws ClientException {
        return status(operation, QUEUE, name, Map.of());
    }

    private void publish(String topic) throws Exception {
        var options = new SenderOptions();
        options.targetOptions().capabilities("topic");
        try (var sender = broker.connection().openSender(topic, options)) {
            sender.send(Message.create((Object) topic).messageId(topic).durable(true))
                    .awaitAccepted();
        }
    }

    @Test
    void anAliasGivesNoRightToAskForWhatItStandsFor() throws Exception {
        start(List.of(all("*")));
        assertThat(status("CREATE", QUEUE, "orders", Map.of())).isEqualTo(201);
        start(List.of(all("mine.*"), all("temporary.*"), rule("orders", EnumSet.of(Action.SEND))));
        assertThat(status("CREATE", "dev.godwit.alias", "mine.x", Map.of("to", "orders")))
                .isEqualTo(201);
        for (var operation : List.of("EXPLAIN-DELIVERY", "EXPLAIN-CREDIT")) {
            assertThat(why(operation, "mine.x")).as(operation).isEqualTo(404);
            assertThat(why(operation, "orders")).as(operation).isEqualTo(403);
            assertThat(why(operation, "$management")).as(operation).isEqualTo(403);
        }
    }

    @Test
    void messagesOfOtherTopicsInASubscriptionToAPatternAreNotTold() throws Exception {
        start(List.of(all("*")));
        var options = new ReceiverOptions().linkName("all").autoAccept(false).creditWindow(0);
        options.sourceOptions().capabilities("topic");
        broker.connection()
                .openDurableReceiver("news.#", "all", options)
                .openFuture()
                .get(SOON_SECONDS, TimeUnit.SECONDS)
                .detach();
        publish("news.a");
        publish("news.b");
        assertThat(subscription()).doesNotContainKey("withheld");
        assertThat((List<?>) subscription().get("messages")).hasSize(2);
        // Without the right to receive from a topic, its user's subscription would not be filled by it.
        var filled = rule("news.*", EnumSet.of(Action.RECEIVE));
        start(List.of(all("temporary.*"), filled, rule("news.a", EnumSet.of(Action.MANAGE))));
        assertThat(subscription()).containsEntry("withheld", true).containsEntry("messages", List.of());
        assertThat((List<?>) subscription().get("queue")).isNotEmpty();
        start(List.of(all("temporary.*"), filled, rule("news.*", EnumSet.of(Action.MANAGE))));
        assertThat((List<?>) subscription().get("messages")).hasSize(2);
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> subscription() throws ClientException {
        var answer = broker.management().done("EXPLAIN-DELIVERY", "news.a", Map.of());
        var subscriptions = (List<Map<String, Object>>) Objects.requireNonNull(answer.get("subscriptions"));
        assertThat(subscriptions).hasSize(1);
        return subscriptions.get(0);
    }
}
