package dev.godwit.it.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queues declared, seen, emptied and deleted by RabbitMQ's client, over its pair of links. */
@Timeout(60)
final class RabbitManagementTest {
    private static final long SOON_SECONDS = 10;

    @TempDir
    private Path data;

    private Broker broker;
    private Environment environment;
    private Connection connection;
    private Management management;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfiguration.defaults(data).withPort(0));
        environment = new AmqpEnvironmentBuilder().build();
        connection = environment
                .connectionBuilder()
                .host("127.0.0.1")
                .port(broker.port())
                .username("anybody")
                .password("anything")
                .build();
        management = connection.management();
    }

    @AfterEach
    void stop() {
        connection.close();
        environment.close();
        broker.close();
    }

    @Test
    void declaresShowsEmptiesAndDeletesAQueue() throws Exception {
        var name = "orders/of today & tomorrow";
        var declared = management.queue(name).classic().queue().declare();
        assertThat(declared.name()).isEqualTo(name);
        assertThat(declared.durable()).isTrue();
        publish(name, 3);

        var info = management.queueInfo(name);
        assertThat(info.messageCount()).isEqualTo(3);
        assertThat(info.consumerCount()).isZero();
        assertThat(management.queuePurge(name).messageCount()).isEqualTo(3);
        assertThat(management.queueInfo(name).messageCount()).isZero();
        management.queueDelete(name);
        assertThatThrownBy(() -> management.queueInfo(name))
                .isInstanceOf(AmqpException.AmqpEntityDoesNotExistException.class);
    }

    @Test
    void declaresTwiceAlikeButNotOtherwise() {
        management.queue("orders").deadLetterRoutingKey("failed").declare();
        management.queue("orders").deadLetterRoutingKey("failed").declare();

        assertThatThrownBy(() ->
                        management.queue("orders").deadLetterRoutingKey("lost").declare())
                .isInstanceOf(AmqpException.class)
                .hasMessageContaining("409");
    }

    @Test
    void bindsQueuesToExchanges() throws Exception {
        management.exchange("events").type(Management.ExchangeType.TOPIC).declare();
        management.exchange("events").type(Management.ExchangeType.TOPIC).declare();
        for (var queue : List.of("all", "orders/eu", "one")) {
            management.queue(queue).declare();
        }
        management
                .binding()
                .sourceExchange("events")
                .destinationQueue("all")
                .key("#")
                .bind();
        bindOrders();
        bindOrders();
        management
                .binding()
                .sourceExchange("events")
                .destinationQueue("one")
                .key("order.us.new")
                .bind();
        try (var publisher = connection.publisherBuilder().exchange("events").build()) {
            for (var subject : List.of("order.eu.new", "order.us.new", "bill.eu.new")) {
                publish(publisher, publisher.message(new byte[1]).subject(subject));
            }
            assertThat(messages("all")).isEqualTo(3);
            assertThat(messages("orders/eu")).isEqualTo(1);
            assertThat(messages("one")).isEqualTo(1);

            management
                    .unbind()
                    .sourceExchange("events")
                    .destinationQueue("orders/eu")
                    .key("order.eu.*")
                    .unbind();
            publish(publisher, publisher.message(new byte[1]).subject("order.eu.new"));
        }
        assertThat(messages("all")).isEqualTo(4);
        assertThat(messages("orders/eu")).isEqualTo(1);
    }

    private void bindOrders() {
        management
                .binding()
                .sourceExchange("events")
                .destinationQueue("orders/eu")
                .key("order.eu.*")
                .bind();
    }

    @Test
    void whatCannotBeBoundIsRefused() {
        management.queue("orders").declare();
        assertThatThrownBy(() -> management
                        .binding()
                        .sourceExchange("nowhere")
                        .destinationQueue("orders")
                        .key("a")
                        .bind())
                .isInstanceOf(AmqpException.AmqpEntityDoesNotExistException.class)
                .hasMessageContaining("there is no queue or exchange 'nowhere'");
        management.exchange("events").declare();
        assertThatThrownBy(() -> management
                        .binding()
                        .sourceExchange("events")
                        .destinationQueue("orders")
                        .key("a.*.#")
                        .bind())
                .isInstanceOf(AmqpException.class)
                .hasMessageContaining("400");
        assertThatThrownBy(() -> management.exchange("orders").declare())
                .isInstanceOf(AmqpException.class)
                .hasMessageContaining("409");
        assertThatThrownBy(() -> management
                        .exchange("h")
                        .type(Management.ExchangeType.HEADERS)
                        .declare())
                .isInstanceOf(AmqpException.class)
                .hasMessageContaining("400");
    }

    private long messages(String queue) {
        return management.queueInfo(queue).messageCount();
    }

    private static void publish(Publisher publisher, Message message) throws InterruptedException {
        var confirmed = new CountDownLatch(1);
        publisher.publish(message, context -> {
            if (context.status() == Publisher.Status.ACCEPTED) {
                confirmed.countDown();
            }
        });
        assertThat(confirmed.await(SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private void publish(String queue, int count) throws InterruptedException {
        var confirmed = new CountDownLatch(count);
        try (var publisher = connection.publisherBuilder().queue(queue).build()) {
            for (int number = 0; number < count; number++) {
                publisher.publish(publisher.message(new byte[] {(byte) number}), context -> {
                    if (context.status() == Publisher.Status.ACCEPTED) {
                        confirmed.countDown();
                    }
                });
            }
            assertThat(confirmed.await(SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }
}
