package dev.godwit.it.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import java.nio.file.Path;
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
