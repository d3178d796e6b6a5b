package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.nextBody;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.address.AutoCreation;
import dev.godwit.conformance.Spec;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.DeliveryMode;
import org.apache.qpid.protonj2.client.DurabilityMode;
import org.apache.qpid.protonj2.client.ExpiryPolicy;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Topics and subscriptions as sources of AMQP 1.0, without JMS above. */
@Timeout(60)
final class SubscriptionsTest {
    @RegisterExtension
    static final ConnectedBroker BROKER = new ConnectedBroker(defaults -> defaults.withQueues(defaults.queues()
                    .withAutoCreation(new AutoCreation(true, List.of(), List.of("news.*")))
                    .withPredeclared(List.of("a queue"), List.of("a topic"))))
            .forContainer("anna");

    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 300;

    private String topic;

    @BeforeEach
    void nameTopic() {
        topic = "news." + BROKER.name();
    }

    @Test
    void offersSharedSubscriptions() throws ClientException {
        assertThat(BROKER.connection().offeredCapabilities()).contains("SHARED-SUBS");
    }

    @Test
    void whatTheConfigurationSaysIsATopic() throws Exception {
        for (var address : List.of(topic, "a topic", "topic://" + topic, "topic://other")) {
            var first = open(BROKER.connection(), address);
            var second = open(BROKER.connection(), address);
            send(BROKER.connection(), address, "to all");
            assertThat(nextBody(first)).isEqualTo("to all");
            assertThat(nextBody(second)).isEqualTo("to all");
            first.close();
            second.close();
        }
    }

    @Test
    void aNameIsAQueueOrATopic() {
        assertThatThrownBy(() -> open(BROKER.connection(), "topic://a queue"))
                .hasMessageContaining("is a queue, not a topic");
        assertThatThrownBy(() -> open(BROKER.connection(), "queue://a topic"))
                .hasMessageContaining("is a topic, not a queue");
        assertThatThrownBy(() -> open(BROKER.connection(), "/queues/a%20topic")).hasMessageContaining("is a topic");
        assertThatThrownBy(() -> open(BROKER.connection(), "$subscription/anna/sub"))
                .hasMessageContaining("may not be created");
    }

    @Test
    @Spec({"2.6.4", "3.5.6"})
    void aDetachedDurableSubscriptionIsKeptAndAClosedOneGoes() throws Exception {
        durable(BROKER.connection()).detach();
        send(BROKER.connection(), topic, "missed");
        var again = durable(BROKER.connection());
        assertThat(nextBody(again)).isEqualTo("missed");
        again.close();
        send(BROKER.connection(), topic, "nobody's");
        assertThat(durable(BROKER.connection()).receive(NEVER_MILLIS, TimeUnit.MILLISECONDS))
                .isNull();
    }

    @Test
    @Spec("3.5.6/never")
    void aDurableSubscriptionOutlivesItsConnection() throws Exception {
        durable(BROKER.connection());
        BROKER.reconnect();
        send(BROKER.connection(), topic, "missed");
        assertThat(nextBody(durable(BROKER.connection()))).isEqualTo("missed");
    }

    @Test
    @Spec("2.6.1")
    void theSameLinkOnAnotherConnectionTakesTheSubscriptionOver() throws Exception {
        var first = durable(BROKER.connection());
        try (var elsewhere = BROKER.newClient()) {
            var other = BROKER.connect(elsewhere, new ConnectionOptions());
            var second = durable(other);
            send(other, topic, "to the last one");
            assertThat(nextBody(second)).isEqualTo("to the last one");
            assertThatThrownBy(() -> first.receive(SOON_SECONDS, TimeUnit.SECONDS))
                    .isInstanceOf(ClientException.class);
        }
    }

    @Test
    void aDurableSubscriptionBelongsToTheUserWhoMadeIt() throws Exception {
        durable(BROKER.connection()).detach();
        try (var elsewhere = BROKER.newClient()) {
            var options = new ConnectionOptions();
            options.user("mallory").password("any");
            options.saslOptions().addAllowedMechanism("PLAIN");
            var other = BROKER.connect(elsewhere, options);
            assertThatThrownBy(() -> durable(other)).hasMessageContaining("belongs to another user");
        }
    }

    @Test
    void aDurableSubscriptionToATemporaryTopicIsRefused() throws Exception {
        var options = new ReceiverOptions();
        options.sourceOptions().capabilities("topic");
        var temporary = BROKER.connection().openDynamicReceiver(options);
        temporary.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var address = temporary.address();
        assertThatThrownBy(() -> BROKER.connection()
                        .openDurableReceiver(address, "sub")
                        .openFuture()
                        .get(SOON_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("is temporary");
        send(BROKER.connection(), address, "still there");
        assertThat(nextBody(temporary)).isEqualTo("still there");
    }

    @Test
    void aPresettledMessageReachesASubscriberThatHasJustAttached() throws Exception {
        var sender = BROKER.connection().openSender(topic, new SenderOptions().deliveryMode(DeliveryMode.AT_MOST_ONCE));
        sender.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        for (int n = 0; n < 20; n++) {
            var receiver = open(BROKER.connection(), topic);
            sender.send(Message.create("message " + n));
            assertThat(nextBody(receiver)).isEqualTo("message " + n);
            receiver.close();
        }
    }

    @Test
    void receiversShareASubscriptionThatEndsWithThem() throws Exception {
        var pair = List.of(shared("crew|1", false), shared("crew|2", false));
        assertSharing(pair);

        pair.forEach(Receiver::close);
        send(BROKER.connection(), topic, "heard by nobody");

        var late = shared("crew|3", false);
        late.addCredit(1);
        assertThat(late.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void receiversShareADurableSubscriptionThatStays() throws Exception {
        var pair = List.of(shared("crew|1", true), shared("crew|2", true));
        assertSharing(pair);

        pair.forEach(Receiver::detach);
        send(BROKER.connection(), topic, "while away");

        var back = shared("crew|3", true);
        back.addCredit(1);
        assertThat(nextBody(back)).isEqualTo("while away");
    }

    /** With a credit of one each, nobody can take both messages. */
    private void assertSharing(List<Receiver> pair) throws ClientException {
        for (var receiver : pair) {
            receiver.addCredit(1);
        }
        send(BROKER.connection(), topic, "one");
        send(BROKER.connection(), topic, "two");
        assertThat(List.of(nextBody(pair.get(0)), nextBody(pair.get(1)))).containsExactlyInAnyOrder("one", "two");
    }

    private Receiver shared(String linkName, boolean durable) throws Exception {
        var options = new ReceiverOptions().linkName(linkName).creditWindow(0);
        options.sourceOptions().capabilities("topic", "shared");
        if (durable) {
            options.sourceOptions()
                    .durabilityMode(DurabilityMode.UNSETTLED_STATE)
                    .expiryPolicy(ExpiryPolicy.NEVER);
        }
        var receiver = BROKER.connection().openReceiver(topic, options);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        return receiver;
    }

    private Receiver durable(Connection of) throws Exception {
        var receiver = of.openDurableReceiver(topic, "sub " + topic);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        return receiver;
    }

    private static Receiver open(Connection of, String address) throws Exception {
        var receiver = of.openReceiver(address);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        return receiver;
    }

    private static void send(Connection of, String address, String body) throws ClientException {
        try (var sender = of.openSender(address)) {
            sender.send(Message.create(body).durable(true)).awaitSettlement(SOON_SECONDS, TimeUnit.SECONDS);
        }
    }
}
