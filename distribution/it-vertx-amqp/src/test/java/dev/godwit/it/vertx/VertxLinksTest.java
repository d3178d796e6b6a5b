package dev.godwit.it.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.it.EmbeddedBroker;
import io.vertx.amqp.AmqpClient;
import io.vertx.amqp.AmqpClientOptions;
import io.vertx.amqp.AmqpConnection;
import io.vertx.amqp.AmqpMessage;
import io.vertx.amqp.AmqpReceiver;
import io.vertx.amqp.AmqpReceiverOptions;
import io.vertx.amqp.AmqpSender;
import io.vertx.amqp.AmqpSenderOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.proton.ProtonReceiver;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Links of the Vert.x AMQP client: who settles, subscriptions of each kind, selectors, the anonymous relay. */
@Timeout(60)
final class VertxLinksTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 300;

    /**
     * A receiver, and what it was given.
     *
     * @param loop the only place from where the link under the receiver may be used
     */
    private record Receiving(AmqpReceiver receiver, BlockingQueue<AmqpMessage> messages, Context loop) {
        String text() throws InterruptedException {
            AmqpMessage message = messages.poll(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(message).as("a delivery").isNotNull();
            return message.bodyAsString();
        }

        void expectNothing() throws InterruptedException {
            assertThat(messages.poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    private AmqpClient client;
    private AmqpConnection connection;
    private String address;

    @BeforeEach
    void connect(TestInfo test) throws Exception {
        address = test.getTestMethod().orElseThrow().getName()
                + test.getDisplayName().hashCode();
        client = AmqpClient.create(new AmqpClientOptions()
                .setHost("127.0.0.1")
                .setPort(BROKER.port())
                .setContainerId("of " + address));
        connection = done(client.connect());
    }

    @AfterEach
    void disconnect() throws Exception {
        done(client.close());
    }

    @ParameterizedTest
    @CsvSource({"AT_MOST_ONCE, true", "AT_LEAST_ONCE, false"})
    void saysWhetherADeliveryNeedsAnAnswer(String qos, boolean presettled) throws Exception {
        send("message");
        var receiving = receive(new AmqpReceiverOptions().setQos(qos).setAutoAcknowledgement(false));
        assertThat(receiving.text()).isEqualTo("message");
        done(receiving.receiver.close());

        var rest = receive(new AmqpReceiverOptions());
        if (presettled) {
            rest.expectNothing();
        } else {
            assertThat(rest.text()).isEqualTo("message");
        }
    }

    @Test
    void selectsBySelector() throws Exception {
        for (int number = 0; number < 6; number++) {
            send(Integer.toString(number));
        }
        var odd = receive(new AmqpReceiverOptions().setSelector("number IN (1, 3, 5)"));
        for (int number : new int[] {1, 3, 5}) {
            assertThat(odd.text()).isEqualTo(Integer.toString(number));
        }
        odd.expectNothing();
        done(odd.receiver.close());
        var rest = receive(new AmqpReceiverOptions());
        for (int number : new int[] {0, 2, 4}) {
            assertThat(rest.text()).isEqualTo(Integer.toString(number));
        }
    }

    @Test
    void saysWhatIsWrongWithASelector() {
        assertThatThrownBy(() -> receive(new AmqpReceiverOptions().setSelector("number = = 1")))
                .hasMessageContaining("at character 10");
    }

    @Test
    void drains() throws Exception {
        send("0");
        send("1");
        var receiving = receive(new AmqpReceiverOptions().setMaxBufferedMessages(0));
        ProtonReceiver link = receiving.receiver.unwrap();
        receiving.loop.runOnContext(now -> link.flow(10));
        assertThat(receiving.text()).isEqualTo("0");
        assertThat(receiving.text()).isEqualTo("1");

        var creditLeft = new LinkedBlockingQueue<Integer>();
        receiving.loop.runOnContext(
                now -> link.drain(0, result -> creditLeft.add(result.succeeded() ? link.getCredit() : -1)));
        assertThat(creditLeft.poll(SOON_SECONDS, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void keepsADurableSubscription() throws Exception {
        done(receive(subscription("news").setDurable(true)).receiver.close());
        publish("while away");
        // It does not attach a name that it has detached again on the same connection.
        done(connection.close());
        connection = done(client.connect());

        assertThat(receive(subscription("news").setDurable(true)).text()).isEqualTo("while away");
    }

    @Test
    void sharesASubscription() throws Exception {
        var pair = List.of(receive(shared("crew|1")), receive(shared("crew|2")));
        assertSharing(pair);
        for (Receiving each : pair) {
            done(each.receiver.close());
        }
        publish("heard by nobody");

        receive(shared("crew|3")).expectNothing();
    }

    @Test
    void sharesADurableSubscription() throws Exception {
        var pair = List.of(
                receive(shared("crew|1").setDurable(true)),
                receive(shared("crew|2").setDurable(true)));
        assertSharing(pair);
        for (Receiving each : pair) {
            done(each.receiver.close());
        }
        publish("while away");

        assertThat(receive(shared("crew|3").setDurable(true)).text()).isEqualTo("while away");
    }

    private void assertSharing(List<Receiving> pair) throws Exception {
        publish("one");
        publish("two");
        assertThat(List.of(pair.get(0).text(), pair.get(1).text())).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void aConnectionMayDoWithoutItsOwnMessages() throws Exception {
        var receiving = receive(subscription("news").setNoLocal(true));
        publish("mine");
        AmqpClient other =
                AmqpClient.create(new AmqpClientOptions().setHost("127.0.0.1").setPort(BROKER.port()));
        var topic = new AmqpSenderOptions().setCapabilities(List.of("topic"));
        AmqpSender sender = done(done(other.connect()).createSender(address, topic));
        done(sender.sendWithAck(AmqpMessage.create().withBody("theirs").build()));

        assertThat(receiving.text()).isEqualTo("theirs");
        done(other.close());
    }

    @Test
    void relaysAndSaysWhatItCannotRelay() throws Exception {
        AmqpSender relay = done(connection.createAnonymousSender());
        done(relay.sendWithAck(
                AmqpMessage.create().address(address).withBody("relayed").build()));

        assertThat(receive(new AmqpReceiverOptions()).text()).isEqualTo("relayed");
        assertThatThrownBy(() -> done(relay.sendWithAck(AmqpMessage.create()
                        .address("$nowhere")
                        .withBody("lost")
                        .build())))
                .hasMessageContaining("amqp:not-found");
    }

    private static AmqpReceiverOptions subscription(String name) {
        return new AmqpReceiverOptions().setLinkName(name).setCapabilities(List.of("topic"));
    }

    private static AmqpReceiverOptions shared(String name) {
        return subscription(name).setCapabilities(List.of("topic", "shared"));
    }

    private Receiving receive(AmqpReceiverOptions options) throws Exception {
        var messages = new LinkedBlockingQueue<AmqpMessage>();
        return done(connection.createReceiver(address, options).map(receiver -> {
            receiver.handler(messages::add);
            return new Receiving(receiver, messages, Vertx.currentContext());
        }));
    }

    private void send(String text) throws Exception {
        send(text, new AmqpSenderOptions());
    }

    private void publish(String text) throws Exception {
        send(text, new AmqpSenderOptions().setCapabilities(List.of("topic")));
    }

    private void send(String text, AmqpSenderOptions options) throws Exception {
        AmqpSender sender = done(connection.createSender(address, options));
        var message = AmqpMessage.create().durable(true).withBody(text);
        if (text.matches("\\d+")) {
            message.applicationProperties(new JsonObject().put("number", Integer.parseInt(text)));
        }
        done(sender.sendWithAck(message.build()));
        done(sender.close());
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
    }
}
