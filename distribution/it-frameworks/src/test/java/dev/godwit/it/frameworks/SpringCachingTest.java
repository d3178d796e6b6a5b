package dev.godwit.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.EmbeddedBroker;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jms.JmsException;
import org.springframework.jms.connection.CachingConnectionFactory;
import org.springframework.jms.connection.SessionProxy;
import org.springframework.jms.core.JmsTemplate;

/** Our connection, its sessions, producers and consumers in the cache of Spring. */
@Timeout(60)
final class SpringCachingTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 10_000;

    private final CachingConnectionFactory cache = new CachingConnectionFactory();

    @BeforeEach
    void connect() {
        cache.setTargetConnectionFactory(new GodwitConnectionFactory(BROKER.uri()));
        cache.setReconnectOnException(true);
    }

    @AfterEach
    void destroy() {
        cache.destroy();
    }

    private static String text(MessageConsumer consumer) throws JMSException {
        return Objects.requireNonNull(consumer.receive(SOON_MILLIS), "nothing came")
                .getBody(String.class);
    }

    @Test
    void givesTheSameSessionAgainWithItsProducersAndConsumers() throws JMSException {
        Session first;
        try (var connection = cache.createConnection();
                var session = connection.createSession()) {
            first = ((SessionProxy) session).getTargetSession();
            session.createProducer(session.createQueue("cached")).send(session.createTextMessage("one"));
            connection.start();
            assertThat(text(session.createConsumer(session.createQueue("cached"))))
                    .isEqualTo("one");
        }
        try (var connection = cache.createConnection();
                var session = connection.createSession()) {
            assertThat(((SessionProxy) session).getTargetSession()).isSameAs(first);
            session.createProducer(session.createQueue("cached")).send(session.createTextMessage("two"));
            connection.start();
            assertThat(text(session.createConsumer(session.createQueue("cached"))))
                    .isEqualTo("two");
        }
        assertThat(cache.getCachedSessionCount()).isEqualTo(1);
    }

    @Test
    void keepsADurableSubscriptionInTheCacheAndAtTheBroker() throws JMSException {
        cache.setClientId("caching-client");
        subscribeAndReceive("nothing yet", false);
        publish("one");
        subscribeAndReceive("one", true);

        cache.resetConnection();
        publish("two");
        subscribeAndReceive("two", true);

        // A cached consumer is one that is in use: the subscription ends after the connection.
        cache.resetConnection();
        try (var connection = cache.createConnection();
                var session = connection.createSession()) {
            session.unsubscribe("caching-subscription");
        }
    }

    private void publish(String text) {
        var template = new JmsTemplate(cache);
        template.setPubSubDomain(true);
        template.convertAndSend("caching-topic", text);
    }

    private void subscribeAndReceive(String expected, boolean comes) throws JMSException {
        try (var connection = cache.createConnection();
                var session = connection.createSession();
                var subscriber =
                        session.createDurableConsumer(session.createTopic("caching-topic"), "caching-subscription")) {
            connection.start();
            if (comes) {
                assertThat(text(subscriber)).isEqualTo(expected);
            } else {
                assertThat(subscriber.receiveNoWait()).as(expected).isNull();
            }
        }
    }

    @Test
    void connectsAnewWhenTheBrokerWasAway() throws Exception {
        var template = new JmsTemplate(cache);
        template.setReceiveTimeout(SOON_MILLIS);
        template.convertAndSend("caching-restart", "before");

        BROKER.restart();

        await().atMost(Duration.ofSeconds(20))
                .ignoreException(JmsException.class)
                .until(() -> {
                    template.convertAndSend("caching-restart", "after");
                    return true;
                });
        assertThat(template.receiveAndConvert("caching-restart")).isEqualTo("before");
        assertThat(template.receiveAndConvert("caching-restart")).isEqualTo("after");
    }
}
