package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.conformance.Spec;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ClientOptions;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Topics and subscriptions as sources of AMQP 1.0, without JMS above. */
@Timeout(60)
final class SubscriptionsTest {
    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 300;

    @TempDir
    private static Path data;

    private static Broker broker;

    private Client client;
    private Connection connection;
    private String topic;

    @BeforeAll
    static void start() throws Exception {
        var defaults = BrokerConfiguration.defaults(data).withPort(0);
        var queues = defaults.queues();
        broker = Broker.start(defaults.withQueues(new BrokerConfiguration.Queues(
                new AutoCreation(true, List.of(), List.of("news.*")),
                List.of("a queue"),
                List.of("a topic"),
                queues.deadLetterAddress(),
                queues.deliveryAttemptsMax(),
                queues.messageMemoryBytesMax())));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void connect(TestInfo test) throws ClientException {
        client = Client.create(new ClientOptions().id("anna"));
        connection = client.connect("127.0.0.1", broker.port());
        topic = "news." + test.getTestMethod().orElseThrow().getName();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void offersSharedSubscriptions() throws ClientException {
        assertThat(connection.offeredCapabilities()).contains("SHARED-SUBS");
    }

    @Test
    void whatTheConfigurationSaysIsATopic() throws Exception {
        for (var address : List.of(topic, "a topic", "topic://" + topic, "topic://other")) {
            var first = open(connection, address);
            var second = open(connection, address);
            send(connection, address, "to all");
            assertThat(body(first)).isEqualTo("to all");
            assertThat(body(second)).isEqualTo("to all");
            first.close();
            second.close();
        }
    }

    @Test
    void aNameIsAQueueOrATopic() {
        assertThatThrownBy(() -> open(connection, "topic://a queue")).hasMessageContaining("is a queue, not a topic");
        assertThatThrownBy(() -> open(connection, "queue://a topic")).hasMessageContaining("is a topic, not a queue");
        assertThatThrownBy(() -> open(connection, "/queues/a%20topic")).hasMessageContaining("is a topic");
        assertThatThrownBy(() -> open(connection, "$subscription/anna/sub")).hasMessageContaining("may not be created");
    }

    @Test
    @Spec({"2.6.4", "3.5.6"})
    void aDetachedDurableSubscriptionIsKeptAndAClosedOneGoes() throws Exception {
        durable(connection).detach();
        send(connection, topic, "missed");
        var again = durable(connection);
        assertThat(body(again)).isEqualTo("missed");
        again.close();
        send(connection, topic, "nobody's");
        assertThat(durable(connection).receive(NEVER_MILLIS, TimeUnit.MILLISECONDS))
                .isNull();
    }

    @Test
    @Spec("3.5.6/never")
    void aDurableSubscriptionOutlivesItsConnection() throws Exception {
        durable(connection);
        disconnect();
        client = Client.create(new ClientOptions().id("anna"));
        connection = client.connect("127.0.0.1", broker.port());
        send(connection, topic, "missed");
        assertThat(body(durable(connection))).isEqualTo("missed");
    }

    @Test
    @Spec("2.6.1")
    void theSameLinkOnAnotherConnectionTakesTheSubscriptionOver() throws Exception {
        var first = durable(connection);
        try (var elsewhere = Client.create(new ClientOptions().id("anna"))) {
            var other = elsewhere.connect("127.0.0.1", broker.port());
            var second = durable(other);
            send(other, topic, "to the last one");
            assertThat(body(second)).isEqualTo("to the last one");
            assertThatThrownBy(() -> first.receive(SOON_SECONDS, TimeUnit.SECONDS))
                    .isInstanceOf(ClientException.class);
        }
    }

    @Test
    void aDurableSubscriptionBelongsToTheUserWhoMadeIt() throws Exception {
        durable(connection).detach();
        try (var elsewhere = Client.create(new ClientOptions().id("anna"))) {
            var options = new ConnectionOptions();
            options.user("mallory").password("any");
            options.saslOptions().addAllowedMechanism("PLAIN");
            var other = elsewhere.connect("127.0.0.1", broker.port(), options);
            assertThatThrownBy(() -> durable(other)).hasMessageContaining("belongs to another user");
        }
    }

    @Test
    void aDurableSubscriptionToATemporaryTopicIsRefused() throws Exception {
        var options = new ReceiverOptions();
        options.sourceOptions().capabilities("topic");
        var temporary = connection.openDynamicReceiver(options);
        temporary.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        var address = temporary.address();
        assertThatThrownBy(() -> connection
                        .openDurableReceiver(address, "sub")
                        .openFuture()
                        .get(SOON_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("is temporary");
        send(connection, address, "still there");
        assertThat(body(temporary)).isEqualTo("still there");
    }

    @Test
    void aPresettledMessageReachesASubscriberThatHasJustAttached() throws Exception {
        var sender = connection.openSender(topic, new SenderOptions().deliveryMode(DeliveryMode.AT_MOST_ONCE));
        sender.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        for (int n = 0; n < 20; n++) {
            var receiver = open(connection, topic);
            sender.send(Message.create("message " + n));
            assertThat(body(receiver)).isEqualTo("message " + n);
            receiver.close();
        }
    }

    @Test
    void receiversShareASubscriptionThatEndsWithThem() throws Exception {
        var pair = List.of(shared("crew|1", false), shared("crew|2", false));
        assertSharing(pair);

        pair.forEach(Receiver::close);
        send(connection, topic, "heard by nobody");

        var late = shared("crew|3", false);
        late.addCredit(1);
        assertThat(late.receive(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void receiversShareADurableSubscriptionThatStays() throws Exception {
        var pair = List.of(shared("crew|1", true), shared("crew|2", true));
        assertSharing(pair);

        pair.forEach(Receiver::detach);
        send(connection, topic, "while away");

        var back = shared("crew|3", true);
        back.addCredit(1);
        assertThat(body(back)).isEqualTo("while away");
    }

    /** With a credit of one each, nobody can take both messages. */
    private void assertSharing(List<Receiver> pair) throws ClientException {
        for (var receiver : pair) {
            receiver.addCredit(1);
        }
        send(connection, topic, "one");
        send(connection, topic, "two");
        assertThat(List.of(body(pair.get(0)), body(pair.get(1)))).containsExactlyInAnyOrder("one", "two");
    }

    private Receiver shared(String linkName, boolean durable) throws Exception {
        var options = new ReceiverOptions().linkName(linkName).creditWindow(0);
        options.sourceOptions().capabilities("topic", "shared");
        if (durable) {
            options.sourceOptions()
                    .durabilityMode(DurabilityMode.UNSETTLED_STATE)
                    .expiryPolicy(ExpiryPolicy.NEVER);
        }
        var receiver = connection.openReceiver(topic, options);
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

    private static String body(Receiver receiver) throws ClientException {
        var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(delivery).as("a delivery").isNotNull();
        return (String) delivery.message().body();
    }
}
