package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.ManagedBroker.QUEUE;
import static dev.godwit.it.protonj2.ManagedBroker.body;
import static dev.godwit.it.protonj2.ManagedBroker.request;
import static dev.godwit.it.protonj2.ManagedBroker.status;
import static dev.godwit.it.protonj2.ManagedBroker.why;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What holds for addresses by pattern: configured, and changed while the broker runs. */
@Timeout(60)
final class PoliciesTest {
    private static final long SOON_SECONDS = 10;
    private static final String POLICY = "dev.godwit.address-policy";

    @RegisterExtension
    private final ConnectedBroker broker = ConnectedBroker.withPolicies(new AddressPolicy(
            "once.*",
            AddressSettings.NONE
                    .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 1L)
                    .with(AddressSetting.DEAD_LETTER_ADDRESS, "configured")));

    private Message<?> ask(String operation, String type, String name, @Nullable Object body) throws ClientException {
        return broker.management().ask(operation, type, name, body);
    }

    /** Sends a message, fails it once, and says where it is then: at the queue itself, or at another. */
    private void failOnce(String queue, String expectedAt) throws Exception {
        var text = UUID.randomUUID().toString();
        try (var sender = broker.connection().openSender(queue);
                var receiver = broker.connection()
                        .openReceiver(
                                queue, new ReceiverOptions().creditWindow(0).autoAccept(false))) {
            sender.send(Message.create((Object) text).durable(true)).awaitAccepted();
            receiver.addCredit(1);
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).as("the first delivery from " + queue).isNotNull();
            delivery.disposition(DeliveryState.modified(true, false), true);
        }
        try (var receiver = broker.connection().openReceiver(expectedAt)) {
            var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(delivery).as("the message at " + expectedAt).isNotNull();
            assertThat(delivery.message().body()).isEqualTo(text);
        }
    }

    @Test
    void aConfiguredPolicyHoldsForWhatItsPatternMatches() throws Exception {
        failOnce("once.a", "configured");
        failOnce("others", "others");
    }

    @Test
    void aPolicyHoldsForQueuesThatAreThereAndQueuesToCome() throws Exception {
        failOnce("late.there", "late.there");
        var created =
                ask("CREATE", POLICY, "late.*", Map.of("maximumDeliveryAttempts", 1, "deadLetterAddress", "stored"));
        assertThat(status(created)).isEqualTo(201);
        assertThat(body(created)).containsEntry("stored", true).containsEntry("deadLetterAddress", "stored");
        failOnce("late.there", "stored");
        failOnce("late.new", "stored");

        var updated = ask("UPDATE", POLICY, "late.*", Map.of("deadLetterAddress", "elsewhere"));
        assertThat(status(updated)).isEqualTo(200);
        assertThat(body(updated)).containsEntry("maximumDeliveryAttempts", 1);
        failOnce("late.new", "elsewhere");

        assertThat(status(ask("DELETE", POLICY, "late.*", null))).isEqualTo(204);
        failOnce("late.there", "late.there");
        assertThat(status(ask("READ", POLICY, "late.*", null))).isEqualTo(404);
    }

    @Test
    void aStoredPolicyIsThereAfterARestart() throws Exception {
        ask("CREATE", POLICY, "kept", Map.of("maximumDeliveryAttempts", 1, "deadLetterAddress", "stored"));
        broker.restart();
        assertThat(body(ask("READ", POLICY, "kept", null))).containsEntry("deadLetterAddress", "stored");
        failOnce("kept", "stored");
    }

    @Test
    void aQueuesOwnSettingsComeFirst() throws Exception {
        ask("CREATE", QUEUE, "once.own", Map.of("deadLetterAddress", "own"));
        var read = body(ask("READ", QUEUE, "once.own", null));
        assertThat(read.get("effectiveSettings"))
                .isEqualTo(Map.of("dead-letter-address", "own", "delivery-attempts-max", "1"));
        assertThat(read).containsEntry("deadLetterAddress", "own").doesNotContainKey("maximumDeliveryAttempts");
        failOnce("once.own", "own");
    }

    @Test
    void aPatternMayBeAsLongAsCanBeKept() throws Exception {
        var longest = "a".repeat(1_015) + "*";
        assertThat(status(ask("CREATE", POLICY, longest, Map.of("maximumDeliveryAttempts", 1))))
                .isEqualTo(201);
        assertThat(refusal(ask("CREATE", POLICY, "b" + longest, Map.of("maximumDeliveryAttempts", 1))))
                .isEqualTo("the pattern of a policy that is stored may have 1016 characters; this one has 1017");
    }

    @Test
    void whatCannotHoldIsRefusedByName() throws Exception {
        assertThat(refusal(ask("CREATE", POLICY, "a*", Map.of("maximumDeliveryAttempts", -1))))
                .startsWith("delivery-attempts-max must be a whole number from 0");
        assertThat(refusal(ask("CREATE", POLICY, "a*", Map.of("colour", "red"))))
                .startsWith("the attribute 'colour' cannot be set to 'red'; maximumDeliveryAttempts (a whole number");
        assertThat(refusal(ask("CREATE", POLICY, "a*", Map.of()))).startsWith("a policy needs one setting at least");
        assertThat(status(ask("UPDATE", POLICY, "a*", Map.of("maximumDeliveryAttempts", 1))))
                .isEqualTo(404);
        var ofConfiguration = ask("DELETE", POLICY, "once.*", null);
        assertThat(status(ofConfiguration)).isEqualTo(404);
        assertThat(why(ofConfiguration)).contains("one of the configuration");
        ask("CREATE", POLICY, "b*", Map.of("maximumDeliveryAttempts", 1));
        assertThat(status(ask("CREATE", POLICY, "b*", Map.of("maximumDeliveryAttempts", 1))))
                .isEqualTo(409);
    }

    private static String refusal(Message<?> answer) throws ClientException {
        assertThat(status(answer)).isEqualTo(400);
        return why(answer);
    }

    @Test
    void aFullQueueRefusesAndSaysWhy() throws Exception {
        ask("CREATE", POLICY, "full", Map.of("maxMessages", 2, "whenFull", "reject"));
        try (var sender = broker.connection().openSender("full")) {
            assertThat(sender.send(Message.create("1"))
                            .settlementFuture()
                            .get(SOON_SECONDS, TimeUnit.SECONDS)
                            .remoteState()
                            .isAccepted())
                    .isTrue();
            sender.send(Message.create("2")).awaitAccepted();
            var refused = sender.send(Message.create("3"));
            refused.settlementFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(refused.remoteState().getType()).isEqualTo(DeliveryState.Type.REJECTED);
        }
    }

    @Test
    void aFullQueueMakesItsProducersWait() throws Exception {
        ask("CREATE", POLICY, "full", Map.of("maxMessages", 2));
        try (var sender = broker.connection().openSender("full")) {
            sender.send(Message.create("1")).awaitAccepted();
            sender.send(Message.create("2")).awaitAccepted();
            var waiting = sender.send(Message.create("3")).settlementFuture();
            // The answer comes behind whatever the broker would say of the message.
            assertThat(body(ask("READ", QUEUE, "full", null))).containsEntry("messages", 2L);
            assertThat(waiting.isDone()).isFalse();
            try (var receiver = broker.connection().openReceiver("full")) {
                assertThat(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS)).isNotNull();
                assertThat(waiting.get(SOON_SECONDS, TimeUnit.SECONDS)
                                .remoteState()
                                .isAccepted())
                        .isTrue();
            }
        }
    }

    @Test
    void aRingKeepsTheLastMessages() throws Exception {
        ask("CREATE", POLICY, "ring", Map.of("maxMessages", 2, "whenFull", "drop-oldest"));
        try (var sender = broker.connection().openSender("ring");
                var receiver = broker.connection().openReceiver("ring", new ReceiverOptions().creditWindow(0))) {
            for (int number = 0; number < 10; number++) {
                sender.send(Message.create((Object) number).durable(true)).awaitAccepted();
            }
            receiver.addCredit(10);
            assertThat(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS)
                            .message()
                            .body())
                    .isEqualTo(8);
            assertThat(receiver.receive(SOON_SECONDS, TimeUnit.SECONDS)
                            .message()
                            .body())
                    .isEqualTo(9);
        }
    }

    @Test
    void allAreListed() throws Exception {
        ask("CREATE", POLICY, "a*", Map.of("maximumDeliveryAttempts", 2));
        var listed = broker.management()
                .answer(request("QUERY", Map.of("attributeNames", List.of("name", "stored")))
                        .property("entityType", POLICY));
        assertThat(body(listed).get("results")).isEqualTo(List.of(List.of("a*", true), List.of("once.*", false)));
    }
}
