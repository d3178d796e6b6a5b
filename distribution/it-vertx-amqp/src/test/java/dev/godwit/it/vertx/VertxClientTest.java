package dev.godwit.it.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.it.EmbeddedBroker;
import io.vertx.amqp.AmqpClient;
import io.vertx.amqp.AmqpClientOptions;
import io.vertx.amqp.AmqpConnection;
import io.vertx.amqp.AmqpMessage;
import io.vertx.amqp.AmqpMessageBuilder;
import io.vertx.amqp.AmqpReceiver;
import io.vertx.amqp.AmqpReceiverOptions;
import io.vertx.amqp.AmqpSender;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpSequence;
import org.apache.qpid.proton.amqp.messaging.DeliveryAnnotations;
import org.apache.qpid.proton.amqp.messaging.Footer;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the Vert.x AMQP client's users do: bodies of each type, outcomes, request and reply, large messages. */
@Timeout(60)
final class VertxClientTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_SECONDS = 10;
    private static final long NEVER_MILLIS = 300;

    private AmqpClient client;
    private AmqpConnection connection;
    private String queue;

    @BeforeEach
    void connect(TestInfo test) throws Exception {
        client = AmqpClient.create(new AmqpClientOptions().setHost("127.0.0.1").setPort(BROKER.port()));
        connection = done(client.connect());
        queue = test.getTestMethod().orElseThrow().getName()
                + test.getDisplayName().hashCode();
    }

    @AfterEach
    void disconnect() throws Exception {
        done(client.close());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies")
    void keepsABodyOfEachType(
            String name,
            Function<AmqpMessageBuilder, AmqpMessageBuilder> write,
            Function<AmqpMessage, Object> read,
            Object expected)
            throws Exception {
        send(write.apply(AmqpMessage.create()).durable(true).build());

        assertThat(read.apply(next(received(queue, new AmqpReceiverOptions()))))
                .as(name)
                .isEqualTo(expected);
    }

    static Stream<Arguments> bodies() {
        var time = Instant.ofEpochMilli(1_700_000_000_123L);
        var id = UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100");
        var map = new LinkedHashMap<String, Object>(Map.of("key", List.of(1L, "two", true)));
        return Stream.of(
                body(
                        "string",
                        each -> each.withBody("text äöü \uD83D\uDC26"),
                        AmqpMessage::bodyAsString,
                        "text äöü \uD83D\uDC26"),
                body("symbol", each -> each.withSymbolAsBody("symbol"), AmqpMessage::bodyAsSymbol, "symbol"),
                body("boolean", each -> each.withBooleanAsBody(true), AmqpMessage::bodyAsBoolean, true),
                body("byte", each -> each.withByteAsBody((byte) -7), AmqpMessage::bodyAsByte, (byte) -7),
                body("short", each -> each.withShortAsBody((short) -777), AmqpMessage::bodyAsShort, (short) -777),
                body("int", each -> each.withIntegerAsBody(-77_777), AmqpMessage::bodyAsInteger, -77_777),
                body("long", each -> each.withLongAsBody(Long.MIN_VALUE), AmqpMessage::bodyAsLong, Long.MIN_VALUE),
                body("float", each -> each.withFloatAsBody(1.5f), AmqpMessage::bodyAsFloat, 1.5f),
                body("double", each -> each.withDoubleAsBody(Math.PI), AmqpMessage::bodyAsDouble, Math.PI),
                body("char", each -> each.withCharAsBody('ß'), AmqpMessage::bodyAsChar, 'ß'),
                body("timestamp", each -> each.withInstantAsBody(time), AmqpMessage::bodyAsTimestamp, time),
                body("uuid", each -> each.withUuidAsBody(id), AmqpMessage::bodyAsUUID, id),
                body(
                        "binary",
                        each -> each.withBufferAsBody(Buffer.buffer(new byte[] {0, -1, 7})),
                        AmqpMessage::bodyAsBinary,
                        Buffer.buffer(new byte[] {0, -1, 7})),
                body(
                        "list",
                        each -> each.withListAsBody(List.of(1, "two")),
                        AmqpMessage::bodyAsList,
                        List.of(1, "two")),
                body("map", each -> each.withMapAsBody(map), AmqpMessage::bodyAsMap, map),
                body(
                        "JSON",
                        each -> each.withJsonObjectAsBody(new JsonObject().put("a", 1)),
                        AmqpMessage::bodyAsJsonObject,
                        new JsonObject().put("a", 1)));
    }

    private static Arguments body(
            String name,
            Function<AmqpMessageBuilder, AmqpMessageBuilder> write,
            Function<AmqpMessage, Object> read,
            Object expected) {
        return Arguments.of(name, write, read, expected);
    }

    @Test
    void keepsSequencesAnnotationsAndFooter() throws Exception {
        Message sent = Message.Factory.create();
        sent.setDurable(true);
        sent.setBody(new AmqpSequence(List.of(1, "two", Symbol.valueOf("three"))));
        sent.setMessageAnnotations(new MessageAnnotations(new LinkedHashMap<>(Map.of(
                Symbol.valueOf("x-opt-text"),
                "text",
                Symbol.valueOf("x-opt-binary"),
                new Binary(new byte[] {1, 2}),
                Symbol.valueOf("x-opt-list"),
                List.of(1L, 2L)))));
        sent.setDeliveryAnnotations(
                new DeliveryAnnotations(new LinkedHashMap<>(Map.of(Symbol.valueOf("x-opt-hop"), 1))));
        sent.setFooter(new Footer(new LinkedHashMap<>(Map.of(Symbol.valueOf("x-opt-sum"), 99L))));
        send(AmqpMessage.create(sent).build());

        Message received = next(received(queue, new AmqpReceiverOptions())).unwrap();
        assertThat((Object) ((AmqpSequence) received.getBody()).getValue())
                .isEqualTo(((AmqpSequence) sent.getBody()).getValue());
        var annotations = received.getMessageAnnotations().getValue();
        assertThat(annotations.get(Symbol.valueOf("x-opt-text"))).isEqualTo("text");
        assertThat(annotations.get(Symbol.valueOf("x-opt-binary"))).isEqualTo(new Binary(new byte[] {1, 2}));
        assertThat(annotations.get(Symbol.valueOf("x-opt-list"))).isEqualTo(List.of(1L, 2L));
        assertThat((Object) received.getFooter().getValue())
                .isEqualTo(sent.getFooter().getValue());
    }

    @Test
    void keepsPropertiesAndHeader() throws Exception {
        send(AmqpMessage.create()
                .durable(true)
                .priority((short) 7)
                .ttl(600_000)
                .id("id")
                .correlationId("correlation")
                .subject("subject")
                .contentType("text/plain")
                .contentEncoding("utf-8")
                .groupId("group")
                .replyTo("somewhere")
                .applicationProperties(new JsonObject().put("number", 5).put("text", "five"))
                .withBody("body")
                .build());

        AmqpMessage received = next(received(queue, new AmqpReceiverOptions()));
        assertThat(received.isDurable()).isTrue();
        assertThat(received.priority()).isEqualTo(7);
        assertThat(received.id()).isEqualTo("id");
        assertThat(received.correlationId()).isEqualTo("correlation");
        assertThat(received.subject()).isEqualTo("subject");
        assertThat(received.contentType()).isEqualTo("text/plain");
        assertThat(received.contentEncoding()).isEqualTo("utf-8");
        assertThat(received.groupId()).isEqualTo("group");
        assertThat(received.replyTo()).isEqualTo("somewhere");
        assertThat(received.applicationProperties())
                .isEqualTo(new JsonObject().put("number", 5).put("text", "five"));
    }

    @Test
    void deliversAgainWhatWasReleasedOrModified() throws Exception {
        send(text("again"));
        var deliveries = received(queue, new AmqpReceiverOptions().setAutoAcknowledgement(false));

        AmqpMessage first = next(deliveries);
        assertThat(first.deliveryCount()).isZero();
        first.released();
        AmqpMessage second = next(deliveries);
        assertThat(second.deliveryCount()).isZero();
        second.modified(true, false);
        AmqpMessage third = next(deliveries);
        assertThat(third.deliveryCount()).isOne();
        third.accepted();
        assertThat(deliveries.poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void takesRejectedMessagesToTheDeadLetters() throws Exception {
        send(text("bad " + queue));
        next(received(queue, new AmqpReceiverOptions().setAutoAcknowledgement(false)))
                .rejected();

        var dead = received("DLQ", new AmqpReceiverOptions());
        assertThat(next(dead).bodyAsString()).isEqualTo("bad " + queue);
    }

    @Test
    void answersRequestsOverADynamicReceiver() throws Exception {
        AmqpReceiver replies = done(connection.createDynamicReceiver());
        var answers = new LinkedBlockingQueue<AmqpMessage>();
        replies.handler(answers::add);
        AmqpSender answering = done(connection.createAnonymousSender());
        done(connection.createReceiver(queue))
                .handler(request -> answering.send(AmqpMessage.create()
                        .address(request.replyTo())
                        .correlationId(request.id())
                        .withBody(request.bodyAsString() + " back")
                        .build()));

        send(AmqpMessage.create()
                .id("1")
                .replyTo(replies.address())
                .withBody("there and")
                .build());

        AmqpMessage answer = next(answers);
        assertThat(answer.correlationId()).isEqualTo("1");
        assertThat(answer.bodyAsString()).isEqualTo("there and back");
    }

    @Test
    void keepsTheOrderAndLosesNothing() throws Exception {
        AmqpSender sender = done(connection.createSender(queue));
        var sent = new ArrayList<Future<Void>>();
        for (int i = 0; i < 1000; i++) {
            sent.add(sender.sendWithAck(text(Integer.toString(i))));
        }
        done(Future.all(sent));

        var deliveries = received(queue, new AmqpReceiverOptions());
        for (int i = 0; i < 1000; i++) {
            assertThat(next(deliveries).bodyAsString()).isEqualTo(Integer.toString(i));
        }
    }

    @Test
    void carriesALargeMessage() throws Exception {
        var body = Buffer.buffer();
        for (int i = 0; i < 500_000; i++) {
            body.appendInt(i);
        }
        send(AmqpMessage.create().durable(true).withBufferAsBody(body).build());

        assertThat(next(received(queue, new AmqpReceiverOptions())).bodyAsBinary())
                .isEqualTo(body);
    }

    @Test
    void saysWhyALinkIsRefused() {
        assertThatThrownBy(() -> done(connection.createReceiver("no\u0007address")))
                .hasMessageContaining("address");
    }

    private AmqpMessage text(String body) {
        return AmqpMessage.create().durable(true).withBody(body).build();
    }

    private void send(AmqpMessage message) throws Exception {
        AmqpSender sender = done(connection.createSender(queue));
        done(sender.sendWithAck(message));
        done(sender.close());
    }

    private BlockingQueue<AmqpMessage> received(String address, AmqpReceiverOptions options) throws Exception {
        var deliveries = new LinkedBlockingQueue<AmqpMessage>();
        done(connection.createReceiver(address, options)).handler(deliveries::add);
        return deliveries;
    }

    private static AmqpMessage next(BlockingQueue<AmqpMessage> deliveries) throws InterruptedException {
        AmqpMessage delivery = deliveries.poll(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(delivery).as("a delivery").isNotNull();
        return delivery;
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
    }
}
