package dev.godwit.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.EmbeddedBroker;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.ConnectionFactory;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.jms.support.JmsHeaders;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.SendTo;

/** A Spring Boot program whose only word about us is a bean: the connection factory. */
@Timeout(60)
final class SpringBootTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 10_000;

    /** The program. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Program {
        @Bean
        ConnectionFactory connectionFactory(@Value("${broker.uri}") String uri) {
            return new GodwitConnectionFactory(uri);
        }

        @Bean
        Desk desk() {
            return new Desk();
        }
    }

    /** Where orders come in. */
    static class Desk {
        private final BlockingQueue<String> orders = new LinkedBlockingQueue<>();

        @JmsListener(destination = "boot-orders")
        @SendTo("boot-receipts")
        String onOrder(String order, @Header(name = JmsHeaders.REDELIVERED) boolean again) {
            orders.add(order + (again ? " again" : ""));
            if (order.startsWith("bad") && !again) {
                throw new IllegalStateException("not at once");
            }
            return "receipt for " + order;
        }
    }

    private static ConfigurableApplicationContext run(String uri) {
        return new SpringApplicationBuilder(Program.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "broker.uri=" + uri,
                        "spring.main.banner-mode=off",
                        "spring.jms.template.receive-timeout=" + SOON_MILLIS + "ms",
                        "logging.level.root=warn",
                        "logging.level.org.springframework.jms=off")
                .run();
    }

    @Test
    void findsTheFactoryAndServesTemplateAndListeners() throws InterruptedException {
        try (var program = run(BROKER.uri())) {
            var template = program.getBean(JmsTemplate.class);
            template.convertAndSend("boot-orders", "two beds");

            assertThat(template.receiveAndConvert("boot-receipts")).isEqualTo("receipt for two beds");
            template.convertAndSend("boot-orders", "bad luck");
            assertThat(template.receiveAndConvert("boot-receipts")).isEqualTo("receipt for bad luck");
            var orders = program.getBean(Desk.class).orders;
            assertThat(orders.poll(SOON_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo("two beds");
            assertThat(orders.poll(SOON_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo("bad luck");
            assertThat(orders.poll(SOON_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo("bad luck again");
        }
    }

    @Test
    void goesOnWhenTheBrokerIsBack() throws Exception {
        try (var program = run("failover:(" + BROKER.uri() + ")")) {
            var template = program.getBean(JmsTemplate.class);
            template.convertAndSend("boot-orders", "before");
            assertThat(template.receiveAndConvert("boot-receipts")).isEqualTo("receipt for before");

            BROKER.restart();

            template.convertAndSend("boot-orders", "after");
            assertThat(template.receiveAndConvert("boot-receipts")).isEqualTo("receipt for after");
        }
    }
}
