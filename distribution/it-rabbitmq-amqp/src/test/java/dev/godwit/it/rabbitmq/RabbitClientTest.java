package dev.godwit.it.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.ConsumerBuilder;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Requester;
import com.rabbitmq.client.amqp.Responder;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import dev.godwit.it.EmbeddedBroker;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the users of RabbitMQ's client do with queues: publish with confirms, consume, settle, ask and answer. */
@Timeout(60)
final class RabbitClientTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long NEVER_MILLIS = 300;

    /** A message, and what settles it. */
    private record Received(Consumer.Context context, Message message) {
        String text() {
            return new String(message.body(), UTF_8);
        }
    }

    private static Environment environment;

    private Connection connection;
    private String queue;

    @BeforeAll
    static void start() {
        environment = new AmqpEnvironmentBuilder().build();
    }

    @AfterAll
    static void stop() {
        environment.close();
    }

    @BeforeEach
    void connect(TestInfo test) {
        connection = environment
                .connectionBuilder()
                .host("127.0.0.1")
                .port(BROKER.port())
                .username("anybody")
                .password("anything")
                .build();
        queue = test.getTestMethod().orElseThrow().getName();
    }

    @AfterEach
    void disconnect() {
        connection.close();
    }

    @Test
    void confirmsAndDeliversInOrder() throws Exception {
        publish(200);

        BlockingQueue<Received> received = consume();
        for (int i = 0; i < 200; i++) {
            Received next = next(received);
            assertThat(next.text()).isEqualTo(Integer.toString(i));
            next.context().accept();
        }
    }

    @Test
    void keepsPropertiesOfEachTypeAndAnnotations() throws Exception {
        var id = UUID.randomUUID();
        try (Publisher publisher = connection.publisherBuilder().queue(queue).build()) {
            publish(
                    publisher,
                    publisher
                            .message("body".getBytes(UTF_8))
                            .messageId(id)
                            .correlationId(77L)
                            .subject("subject")
                            .contentType("text/plain")
                            .groupId("group")
                            .groupSequence(3)
                            .priority((byte) 8)
                            .property("boolean", true)
                            .property("byte", (byte) 1)
                            .property("short", (short) 2)
                            .property("int", 3)
                            .property("long", 4L)
                            .propertyUnsigned("ubyte", (byte) 200)
                            .propertyUnsigned("ushort", (short) 60_000)
                            .propertyUnsigned("uint", 5)
                            .propertyUnsigned("ulong", 5L)
                            .propertyDecimal32("decimal32", new BigDecimal("12.5"))
                            .propertyDecimal128("decimal128", new BigDecimal("12.5"))
                            .property("float", 1.5f)
                            .property("double", 2.5)
                            .propertyDecimal64("decimal", new BigDecimal("12.5"))
                            .property("char", 'x')
                            .propertyTimestamp("timestamp", 1_700_000_000_000L)
                            .property("uuid", id)
                            .property("binary", new byte[] {1, 2})
                            .property("string", "text")
                            .propertySymbol("symbol", "symbol")
                            .annotation("x-opt-mine", "annotation"));
        }

        Message message = next(consume()).message();
        assertThat(message.messageIdAsUuid()).isEqualTo(id);
        assertThat(message.correlationIdAsLong()).isEqualTo(77L);
        assertThat(message.subject()).isEqualTo("subject");
        assertThat(message.contentType()).isEqualTo("text/plain");
        assertThat(message.groupId()).isEqualTo("group");
        assertThat(message.groupSequence()).isEqualTo(3);
        assertThat(message.priority()).isEqualTo((byte) 8);
        assertThat(message.durable()).isTrue();
        assertThat(message.property("boolean")).isEqualTo(true);
        assertThat(message.property("byte")).isEqualTo((byte) 1);
        assertThat(message.property("short")).isEqualTo((short) 2);
        assertThat(message.property("int")).isEqualTo(3);
        assertThat(message.property("long")).isEqualTo(4L);
        assertThat(message.property("float")).isEqualTo(1.5f);
        assertThat(message.property("double")).isEqualTo(2.5);
        assertThat(message.property("char")).isEqualTo('x');
        assertThat(message.property("uuid")).isEqualTo(id);
        assertThat(message.property("string")).isEqualTo("text");
        assertThat(message.property("symbol")).hasToString("symbol");
        for (String number : List.of("ubyte", "ushort", "uint", "ulong", "decimal", "decimal32", "decimal128")) {
            assertThat(message.property(number)).as(number).isNotNull();
        }
        assertThat(message.property("ulong")).hasToString("5");
        assertThat(message.property("timestamp")).isEqualTo(1_700_000_000_000L);
        assertThat((byte[]) message.property("binary")).containsExactly(1, 2);
        assertThat(message.annotation("x-opt-mine")).isEqualTo("annotation");
    }

    @Test
    void deliversAgainWhatWasRequeued() throws Exception {
        publish(1);
        BlockingQueue<Received> received = consume();

        next(received).context().requeue();
        next(received).context().accept();

        assertThat(received.poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void givesBackTheAnnotationsOfARequeue() throws Exception {
        publish(1);
        BlockingQueue<Received> received = consume();

        next(received).context().requeue(Map.of("x-opt-why", "not now"));

        Received again = next(received);
        assertThat(again.message().annotation("x-opt-why")).isEqualTo("not now");
        again.context().accept();
    }

    @Test
    void doesNotDeliverAgainWhatWasDiscarded() throws Exception {
        publish(1);
        BlockingQueue<Received> received = consume();

        next(received).context().discard();

        assertThat(received.poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void leavesWhatWasDiscardedWithAnnotationsToOthers() throws Exception {
        publish(1);
        BlockingQueue<Received> received = consume();

        next(received).context().discard(Map.of("x-opt-why", "not for me"));

        assertThat(received.poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        Received other = next(consume());
        assertThat(other.message().annotation("x-opt-why")).isEqualTo("not for me");
        other.context().accept();
    }

    @Test
    void takesPresettled() throws Exception {
        publish(3);
        var received = new LinkedBlockingQueue<Received>();
        try (Consumer consumer = connection
                .consumerBuilder()
                .queue(queue)
                .preSettled()
                .messageHandler((context, message) -> received.add(new Received(context, message)))
                .build()) {
            for (int i = 0; i < 3; i++) {
                assertThat(next(received).text()).isEqualTo(Integer.toString(i));
            }
            assertThat(consumer.unsettledMessageCount()).isZero();
        }

        assertThat(consume().poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void settlesABatchAtOnce() throws Exception {
        publish(3);
        BlockingQueue<Received> received = consume();
        Received first = next(received);
        Consumer.BatchContext batch = first.context().batch(3);
        batch.add(first.context());
        batch.add(next(received).context());
        batch.add(next(received).context());
        batch.requeue();

        for (int i = 0; i < 3; i++) {
            Received again = next(received);
            assertThat(again.text()).isEqualTo(Integer.toString(i));
            again.context().accept();
        }
    }

    @Test
    void filtersBySqlAndByProperties() throws Exception {
        try (Publisher publisher = connection.publisherBuilder().queue(queue).build()) {
            for (int i = 0; i < 6; i++) {
                publish(
                        publisher,
                        publisher
                                .message(Integer.toString(i).getBytes(UTF_8))
                                .subject("s" + i % 2)
                                .property("n", i));
            }
        }

        var bySql = new LinkedBlockingQueue<Received>();
        filtering(bySql).filter().sql("n IN (1, 4)").stream().builder().build();
        for (String expected : List.of("1", "4")) {
            Received received = next(bySql);
            assertThat(received.text()).isEqualTo(expected);
            received.context().accept();
        }
        var byProperties = new LinkedBlockingQueue<Received>();
        filtering(byProperties).filter().subject("s1").property("n", 5).stream()
                .builder()
                .build();
        assertThat(next(byProperties).text()).isEqualTo("5");
        assertThat(byProperties.poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        assertThat(bySql).isEmpty();
    }

    private ConsumerBuilder.StreamOptions filtering(Queue<Received> received) {
        return connection
                .consumerBuilder()
                .queue(queue)
                .messageHandler((context, message) -> received.add(new Received(context, message)))
                .stream();
    }

    @Test
    void getsNothingWhileItPauses() throws Exception {
        var received = new LinkedBlockingQueue<Received>();
        Consumer consumer = connection
                .consumerBuilder()
                .queue(queue)
                .messageHandler((context, message) -> {
                    context.accept();
                    received.add(new Received(context, message));
                })
                .build();
        publish(1);
        assertThat(next(received).text()).isEqualTo("0");

        consumer.pause();
        publish(1);
        assertThat(received.poll(NEVER_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        consumer.unpause();

        assertThat(next(received).text()).isEqualTo("0");
    }

    @Test
    void asksAndAnswers() throws Exception {
        connection.management().queue(queue).classic().queue().declare();
        try (Responder responder = connection
                        .responderBuilder()
                        .requestQueue(queue)
                        .handler((context, request) ->
                                context.message((new String(request.body(), UTF_8) + " and back").getBytes(UTF_8)))
                        .build();
                Requester requester = connection
                        .requesterBuilder()
                        .requestAddress()
                        .queue(queue)
                        .requester()
                        .build()) {
            assertThat(responder).isNotNull();
            for (String text : List.of("there", "again there")) {
                Message answer = requester
                        .publish(requester.message(text.getBytes(UTF_8)))
                        .get(SOON.toSeconds(), TimeUnit.SECONDS);
                assertThat(new String(answer.body(), UTF_8)).isEqualTo(text + " and back");
            }
        }
    }

    @Test
    void relaysToTheAddressOfEachMessage() throws Exception {
        try (Publisher publisher = connection.publisherBuilder().build()) {
            publish(
                    publisher,
                    publisher
                            .message("relayed".getBytes(UTF_8))
                            .toAddress()
                            .queue(queue)
                            .message());
        }

        assertThat(next(consume()).text()).isEqualTo("relayed");
    }

    @Test
    void carriesALargeMessage() throws Exception {
        var body = new byte[5 << 20];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i * 31 + i / 1_000);
        }
        try (Publisher publisher = connection.publisherBuilder().queue(queue).build()) {
            publish(publisher, publisher.message(body));
        }

        assertThat(Arrays.equals(next(consume()).message().body(), body)).isTrue();
    }

    private void publish(int messages) {
        try (Publisher publisher = connection.publisherBuilder().queue(queue).build()) {
            var sent = new ArrayList<Message>();
            for (int i = 0; i < messages; i++) {
                sent.add(publisher.message(Integer.toString(i).getBytes(UTF_8)));
            }
            publish(publisher, sent.toArray(Message[]::new));
        }
    }

    private static void publish(Publisher publisher, Message... messages) {
        Queue<Publisher.Status> answers = new ConcurrentLinkedQueue<>();
        for (Message message : messages) {
            publisher.publish(message, context -> answers.add(context.status()));
        }
        await().atMost(SOON).until(() -> answers.size() == messages.length);
        assertThat(List.copyOf(answers)).containsOnly(Publisher.Status.ACCEPTED);
    }

    private BlockingQueue<Received> consume() {
        var received = new LinkedBlockingQueue<Received>();
        connection
                .consumerBuilder()
                .queue(queue)
                .messageHandler((context, message) -> received.add(new Received(context, message)))
                .build();
        return received;
    }

    private static Received next(BlockingQueue<Received> received) throws InterruptedException {
        Received next = received.poll(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(next).as("a delivery").isNotNull();
        return next;
    }
}
