package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.Arrivals.nextBody;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.Action;
import dev.godwit.broker.security.PasswordHash;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ClientOptions;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What subscriptions may not do: hear more than their user may, and hold more than is good. */
@Timeout(60)
final class SubscriptionLimitsTest {
    private static final long SOON_SECONDS = 10;
    private static final String PASSWORD = "open sesame";

    private static final List<AccessRule> RULES = List.of(
            new AccessRule(List.of("anna"), List.of(), List.of("news.secret"), Set.of(Action.RECEIVE), false),
            new AccessRule(List.of("*"), List.of(), List.of("*"), EnumSet.allOf(Action.class), true));

    @TempDir
    private Path data;

    @Test
    void aPatternBringsNoTopicAfterARestartThatItsUserMayNotReceiveFrom() throws Exception {
        try (var broker = start(100);
                var client = client()) {
            durable(connect(client, broker, "anna"), "topic://news.*", "sub").detach();
        }
        try (var broker = start(100);
                var client = client()) {
            var berta = connect(client, broker, "berta");
            send(berta, "news.secret");
            send(berta, "news.open");
            var anna = durable(connect(client, broker, "anna"), "topic://news.*", "sub");
            assertThat(nextBody(anna)).isEqualTo("news.open");
            send(berta, "news.later");
            assertThat(nextBody(anna)).isEqualTo("news.later");
        }
    }

    @Test
    void aUserHasSoManyDurableSubscriptions() throws Exception {
        try (var broker = start(2);
                var client = client()) {
            var anna = connect(client, broker, "anna");
            var first = durable(anna, "news.open", "first");
            durable(anna, "news.open", "second");
            assertThatThrownBy(() -> durable(anna, "news.open", "third"))
                    .hasMessageContaining("resource-limit-exceeded");
            durable(connect(client, broker, "berta"), "news.open", "berta's");
            first.detach();
            durable(anna, "news.open", "first");
        }
    }

    @Test
    void subscribersThatStandStillStopNobodyElse() throws Exception {
        try (var broker = start(BrokerConfiguration.Topics.DEFAULTS, 4 << 20);
                var client = client()) {
            var anna = connect(client, broker, "anna");
            for (int n = 0; n < 4; n++) {
                anna.openReceiver("news.open", new ReceiverOptions().creditWindow(0));
            }
            var berta = connect(client, broker, "berta");
            var listening = berta.openReceiver("news.open");
            listening.openFuture().get();
            var sender = berta.openSender("news.open");
            var text = "x".repeat(10_000);
            for (int n = 0; n < 2_000; n++) {
                var tracker = sender.send(Message.create(n + text));
                assertThat(tracker.settlementFuture()
                                .get(SOON_SECONDS, TimeUnit.SECONDS)
                                .remoteState()
                                .isAccepted())
                        .isTrue();
                assertThat(nextBody(listening)).isEqualTo(n + text);
            }
        }
    }

    @Test
    void aSubscriberThatDoesNotKeepUpIsDetachedWhenThatIsWished() throws Exception {
        var impatient = new BrokerConfiguration.Topics(1 << 20, 0, 1 << 20, 1 << 20, true, 10);
        try (var broker = start(impatient, 16 << 20);
                var client = client()) {
            var anna = connect(client, broker, "anna");
            var stalled = anna.openReceiver("news.open", new ReceiverOptions().creditWindow(0));
            stalled.openFuture().get();
            var sender = anna.openSender("news.open");
            var text = "x".repeat(100_000);
            for (int n = 0; n < 12; n++) {
                sender.send(Message.create(text)).settlementFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
            }
            assertThatThrownBy(() -> stalled.receive(SOON_SECONDS, TimeUnit.SECONDS))
                    .hasMessageContaining("did not keep up");
            assertThat(anna.openReceiver("news.open").openFuture().get()).isNotNull();
        }
    }

    private Broker start(int durableSubscriptions) throws Exception {
        var defaults = BrokerConfiguration.defaults(data);
        return start(
                new BrokerConfiguration.Topics(1 << 20, 0, 1 << 20, 1 << 20, false, durableSubscriptions),
                defaults.queues().messageMemoryBytesMax());
    }

    private Broker start(BrokerConfiguration.Topics topics, long messageMemoryBytesMax) throws Exception {
        var defaults = BrokerConfiguration.defaults(data).withPort(0);
        return Broker.start(defaults.withQueues(defaults.queues()
                        .withAutoCreation(new AutoCreation(true, List.of(), List.of("news.*")))
                        .withPredeclared(List.of(), List.of("news.open", "news.secret"))
                        .withMessageMemoryBytesMax(messageMemoryBytesMax))
                .withSecurity(new BrokerConfiguration.Security(Map.of("anna", user(), "berta", user()), RULES))
                .withTopics(topics));
    }

    private static BrokerConfiguration.User user() {
        return new BrokerConfiguration.User(PasswordHash.hash(PASSWORD), Set.of());
    }

    private static Client client() {
        return Client.create(new ClientOptions().id("container"));
    }

    private static Connection connect(Client client, Broker broker, String user) throws Exception {
        var options = new ConnectionOptions();
        options.user(user).password(PASSWORD);
        options.saslOptions().addAllowedMechanism("PLAIN");
        return client.connect("127.0.0.1", broker.port(), options);
    }

    private static Receiver durable(Connection of, String address, String name) throws Exception {
        var receiver = of.openDurableReceiver(address, name);
        receiver.openFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
        return receiver;
    }

    private static void send(Connection of, String address) throws Exception {
        try (var sender = of.openSender(address)) {
            sender.send(Message.create(address).durable(true)).awaitSettlement(SOON_SECONDS, TimeUnit.SECONDS);
        }
    }
}
