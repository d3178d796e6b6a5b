package dev.godwit.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.EmbeddedBroker;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import org.springframework.jms.listener.SimpleMessageListenerContainer;

/** Our client under the listener containers of Spring. */
@Timeout(120)
final class SpringListenerTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final Duration SOON = Duration.ofSeconds(20);

    /** Of all attempts, in their order. */
    private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();

    private final List<AbstractMessageListenerContainer> containers = new ArrayList<>();

    @AfterEach
    void shutDown() {
        containers.forEach(AbstractMessageListenerContainer::shutdown);
    }

    private static ConnectionFactory plain() {
        return new GodwitConnectionFactory(BROKER.uri());
    }

    private static ConnectionFactory failover() {
        return new GodwitConnectionFactory("failover:(" + BROKER.uri() + ")");
    }

    private <C extends AbstractMessageListenerContainer> C listen(
            C container, ConnectionFactory factory, String destination, MessageListener listener) {
        container.setConnectionFactory(factory);
        container.setDestinationName(destination);
        container.setMessageListener(listener);
        container.setErrorHandler(thrown -> heard.add("error"));
        containers.add(container);
        return container;
    }

    private static void start(AbstractMessageListenerContainer container) {
        container.afterPropertiesSet();
        container.start();
    }

    private static JmsTemplate template() {
        return new JmsTemplate(failover());
    }

    private void note(Message message) {
        heard.add(text(message));
    }

    private static String text(Message message) {
        try {
            return message.getBody(String.class);
        } catch (JMSException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }

    private static int deliveryCount(Message message) {
        try {
            return message.getIntProperty("JMSXDeliveryCount");
        } catch (JMSException missing) {
            throw new IllegalStateException(missing);
        }
    }

    @Test
    void transactedConsumersShareTheWorkAndLoseNothingWhenTheListenerThrows() {
        var template = template();
        for (int i = 0; i < 300; i++) {
            template.convertAndSend("listen-tx", "message " + i);
        }
        // What was thrown over is rolled back; what the listener sends meanwhile is not in that transaction.
        Map<String, Integer> succeeded = new ConcurrentHashMap<>();
        var container = listen(new DefaultMessageListenerContainer(), plain(), "listen-tx", message -> {
            int count = deliveryCount(message);
            note(message);
            if (text(message).endsWith("7") && count == 1) {
                throw new IllegalStateException("the first time fails");
            }
            succeeded.merge(text(message), count, Integer::sum);
        });
        container.setSessionTransacted(true);
        container.setConcurrency("1-3");
        start(container);

        await().atMost(SOON).until(() -> succeeded.size() == 300);
        container.shutdown();

        Map<String, Integer> expected = IntStream.range(0, 300)
                .boxed()
                .collect(Collectors.toMap(i -> "message " + i, i -> i % 10 == 7 ? 2 : 1));
        assertThat(succeeded).isEqualTo(expected);
        template.setReceiveTimeout(150);
        assertThat(template.receiveAndConvert("listen-tx")).isNull();
    }

    @Test
    void hasAsManyConsumersAsThereIsWorkFor() {
        var together = new CyclicBarrier(3);
        var container = listen(new DefaultMessageListenerContainer(), plain(), "listen-three", message -> {
            try {
                together.await(20, TimeUnit.SECONDS);
                note(message);
            } catch (Exception alone) {
                throw new IllegalStateException(alone);
            }
        });
        container.setSessionTransacted(true);
        container.setConcurrency("1-3");
        // A message that one consumer holds ahead is none that another one can be made for.
        container.setConnectionFactory(new GodwitConnectionFactory(BROKER.uri() + "?jms.prefetchPolicy.all=1"));
        start(container);
        var template = template();
        for (int i = 0; i < 30; i++) {
            template.convertAndSend("listen-three", "message " + i);
        }

        await().atMost(SOON).until(() -> heard.size() >= 3);
        assertThat(heard).doesNotContain("error");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goesOnWhenTheBrokerIsBack(boolean failover) throws Exception {
        var queue = "listen-restart-" + failover;
        var container =
                listen(new DefaultMessageListenerContainer(), failover ? failover() : plain(), queue, this::note);
        container.setSessionTransacted(true);
        container.setRecoveryInterval(100);
        start(container);
        template().convertAndSend(queue, "before");
        // Not when the listener has it: until the commit it may come again.
        await().atMost(SOON).until(() -> BROKER.consumed(queue) == 1);

        BROKER.restart();

        template().convertAndSend(queue, "after");
        await().atMost(SOON).until(() -> heard.contains("after"));
        assertThat(heard).containsExactly("before", "after");
    }

    @Test
    void aFailedTransactionComesAgainAlsoAfterARestart() throws Exception {
        var attempts = new AtomicInteger();
        var began = new CountDownLatch(1);
        var restarted = new CountDownLatch(1);
        var container = listen(new DefaultMessageListenerContainer(), failover(), "listen-again", message -> {
            int attempt = attempts.incrementAndGet();
            heard.add(text(message) + " " + attempt);
            if (attempt == 1) {
                began.countDown();
                pass(restarted);
            }
            if (attempt < 3) {
                throw new IllegalStateException("not yet");
            }
        });
        container.setSessionTransacted(true);
        container.setRecoveryInterval(100);
        start(container);
        template().convertAndSend("listen-again", "message");

        pass(began);
        BROKER.restart();
        restarted.countDown();

        await().atMost(SOON).until(() -> BROKER.consumed("listen-again") == 1);
        assertThat(heard).containsExactly("message 1", "error", "message 2", "error", "message 3");
    }

    private static void pass(CountDownLatch gate) {
        try {
            if (!gate.await(SOON.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("waited in vain");
            }
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    @Test
    void aDurableSubscriptionKeepsWhatTheContainerMissed() {
        var template = template();
        template.setPubSubDomain(true);
        var first = subscriber();
        start(first);
        await().atMost(SOON).until(first::isRegisteredWithDestination);
        template.convertAndSend("listen-topic", "one");
        await().atMost(SOON).until(() -> heard.contains("one"));
        first.shutdown();
        template.convertAndSend("listen-topic", "two");

        start(subscriber());

        await().atMost(SOON).until(() -> heard.contains("two"));
        assertThat(heard).containsExactly("one", "two");
    }

    private DefaultMessageListenerContainer subscriber() {
        var container = listen(new DefaultMessageListenerContainer(), plain(), "listen-topic", this::note);
        container.setPubSubDomain(true);
        container.setClientId("listen-client");
        container.setSubscriptionDurable(true);
        container.setSubscriptionName("listen-subscription");
        return container;
    }

    @Test
    void consumersOfASharedSubscriptionGetEachMessageOnce() {
        var container = listen(new DefaultMessageListenerContainer(), plain(), "listen-shared", this::note);
        container.setPubSubDomain(true);
        container.setSubscriptionShared(true);
        container.setSubscriptionName("listen-shared-subscription");
        container.setConcurrency("3-3");
        start(container);
        await().atMost(SOON).until(() -> container.getActiveConsumerCount() == 3);
        await().atMost(SOON).until(container::isRegisteredWithDestination);
        var template = template();
        template.setPubSubDomain(true);
        for (int i = 0; i < 60; i++) {
            template.convertAndSend("listen-shared", "message " + i);
        }

        Set<String> all = IntStream.range(0, 60).mapToObj(i -> "message " + i).collect(Collectors.toSet());
        await().atMost(SOON).until(() -> Set.copyOf(heard).equals(all));
        assertThat(heard).hasSize(60);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSimpleContainerGetsAgainWhatItsListenerThrewOver(boolean transacted) {
        var queue = "simple-" + transacted;
        var container = listen(new SimpleMessageListenerContainer(), plain(), queue, message -> {
            heard.add(text(message) + " " + deliveryCount(message));
            if (deliveryCount(message) == 1) {
                throw new IllegalStateException("the first time fails");
            }
        });
        container.setSessionTransacted(transacted);
        start(container);
        template().convertAndSend(queue, "message");

        await().atMost(SOON).until(() -> heard.contains("error") && BROKER.consumed(queue) == 1);
        container.shutdown();

        if (transacted) {
            assertThat(heard).containsExactly("message 1", "error", "message 2");
        } else {
            // The container keeps exceptions to itself there, and the message counts as received.
            assertThat(heard).containsExactly("message 1", "error");
        }
        var template = template();
        template.setReceiveTimeout(150);
        assertThat(template.receiveAndConvert(queue)).isNull();
    }

    @Test
    void theSimpleContainerGoesOnWhenTheBrokerIsBack() throws Exception {
        var container = listen(new SimpleMessageListenerContainer(), failover(), "simple-restart", this::note);
        container.setConcurrency("2");
        start(container);
        template().convertAndSend("simple-restart", "before");
        await().atMost(SOON).until(() -> BROKER.consumed("simple-restart") == 1);

        BROKER.restart();

        for (int i = 0; i < 10; i++) {
            template().convertAndSend("simple-restart", "after " + i);
        }
        await().atMost(SOON).until(() -> BROKER.consumed("simple-restart") == 10);
        assertThat(heard).hasSize(11).contains("before", "after 0", "after 9").doesNotContain("error");
    }
}
