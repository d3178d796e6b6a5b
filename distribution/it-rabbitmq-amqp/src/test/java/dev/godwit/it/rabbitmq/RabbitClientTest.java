package dev.godwit.it.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
import org.junit.jupiter.api.io.TempDir;

/** What the users of RabbitMQ's client do with queues: publish with confirms, consume, settle, ask and answer. */
@Timeout(60)
final class RabbitClientTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long NEVER_MILLIS = 300;

    /** A message, and what settles it. */
    private record Received(Consumer.Context context, Message message) {
        String text() {
            return new String(message.body(), UTF_8);
        }
    }

    @TempDir
    private static Path data;

    private static Broker broker;
    private static Environment environment;

    private Connection connection;
    private String queue;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfiguration.defaults(data).withPort(0));
        environment = new AmqpEnvironmentBuilder().build();
    }

    @AfterAll
    static void stop() {
        environment.close();
        broker.close();
    }

    @BeforeEach
    void connect(TestInfo test) {
        connection = environment
                .connectionBuilder()
                .host("127.0.0.1")
                .port(broker.port())
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
                            .propertyUnsigned("ulong", 5L)
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
