package dev.godwit.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.it.EmbeddedBroker;
import dev.godwit.it.GuardedBroker;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jms.JmsSecurityException;
import org.springframework.jms.connection.CachingConnectionFactory;
import org.springframework.jms.connection.SingleConnectionFactory;
import org.springframework.jms.core.JmsTemplate;

/** What {@code JmsTemplate} of Spring does with our client, on connections of its own and on cached ones. */
@Timeout(60)
final class SpringTemplateTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    @RegisterExtension
    static final GuardedBroker GUARDED = new GuardedBroker();

    private static final long SOON_MILLIS = 10_000;

    /** How the template comes by its connections. */
    enum Connections {
        /** One for each thing it does. */
        NEW {
            @Override
            ConnectionFactory of(ConnectionFactory ours) {
                return ours;
            }
        },
        ONE {
            @Override
            ConnectionFactory of(ConnectionFactory ours) {
                return new SingleConnectionFactory(ours);
            }
        },
        CACHED {
            @Override
            ConnectionFactory of(ConnectionFactory ours) {
                return new CachingConnectionFactory(ours);
            }
        };

        abstract ConnectionFactory of(ConnectionFactory ours);
    }

    private @Nullable ConnectionFactory factory;

    @AfterEach
    void close() {
        if (factory instanceof SingleConnectionFactory single) {
            single.destroy();
        }
    }

    private JmsTemplate template(Connections connections) {
        var wanted = connections.of(new GodwitConnectionFactory(BROKER.uri()));
        factory = wanted;
        var template = new JmsTemplate(wanted);
        template.setReceiveTimeout(SOON_MILLIS);
        return template;
    }

    private static Message received(@Nullable Message message) {
        return Objects.requireNonNull(message, "nothing came");
    }

    @ParameterizedTest
    @EnumSource
    void sendsAndReceives(Connections connections) throws JMSException {
        var template = template(connections);
        var queue = "template-plain-" + connections;

        template.send(queue, session -> session.createTextMessage("hello"));

        assertThat(((TextMessage) received(template.receive(queue))).getText()).isEqualTo("hello");
        template.setReceiveTimeout(JmsTemplate.RECEIVE_TIMEOUT_NO_WAIT);
        assertThat(template.receive(queue)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void convertsWhatIsSentAndReceived(Connections connections) {
        var template = template(connections);
        var queue = "template-convert-" + connections;
        var bytes = new byte[] {1, 2, 3};
        var map = Map.of("a", 1, "b", "two");

        Stream.<Object>of("text", bytes, map, 12L).forEach(each -> template.convertAndSend(queue, each));

        assertThat(template.receiveAndConvert(queue)).isEqualTo("text");
        assertThat(template.receiveAndConvert(queue)).isEqualTo(bytes);
        assertThat(template.receiveAndConvert(queue)).isEqualTo(map);
        assertThat(template.receiveAndConvert(queue)).isEqualTo(12L);
    }

    @ParameterizedTest
    @EnumSource
    void selectsAndBrowses(Connections connections) throws JMSException {
        var template = template(connections);
        var queue = "template-select-" + connections;
        for (int i = 0; i < 5; i++) {
            int number = i;
            template.convertAndSend(queue, "message " + i, message -> {
                message.setIntProperty("number", number);
                return message;
            });
        }

        List<String> all = template.browse(queue, (session, browser) -> texts(browser.getEnumeration()));
        assertThat(all).containsExactly("message 0", "message 1", "message 2", "message 3", "message 4");
        List<String> some =
                template.browseSelected(queue, "number > 2", (session, browser) -> texts(browser.getEnumeration()));
        assertThat(some).containsExactly("message 3", "message 4");
        assertThat(template.receiveSelectedAndConvert(queue, "number = 3")).isEqualTo("message 3");
        for (String rest : List.of("message 0", "message 1", "message 2", "message 4")) {
            assertThat(template.receiveAndConvert(queue)).isEqualTo(rest);
        }
    }

    private static List<String> texts(java.util.Enumeration<?> messages) throws JMSException {
        var texts = new ArrayList<String>();
        for (Object each : Collections.list(messages)) {
            texts.add(((Message) each).getBody(String.class));
        }
        return texts;
    }

    @ParameterizedTest
    @EnumSource
    void asksAndWaitsForTheReply(Connections connections) throws Exception {
        var template = template(connections);
        var queue = "template-ask-" + connections;
        var answering = CompletableFuture.runAsync(() -> {
            try (var context = new GodwitConnectionFactory(BROKER.uri()).createContext()) {
                var request = context.createConsumer(context.createQueue(queue)).receive(SOON_MILLIS);
                var reply = context.createTextMessage(request.getBody(String.class) + " and back");
                context.createProducer().send(request.getJMSReplyTo(), reply);
            } catch (JMSException failed) {
                throw new IllegalStateException(failed);
            }
        });

        var reply = template.sendAndReceive(queue, session -> session.createTextMessage("there"));

        assertThat(received(reply).getBody(String.class)).isEqualTo("there and back");
        answering.get(SOON_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Test
    void setsWhatASendMaySet() throws JMSException {
        var template = template(Connections.CACHED);
        template.setExplicitQosEnabled(true);
        template.setPriority(7);
        template.setTimeToLive(60_000);
        template.setDeliveryPersistent(false);
        template.setDeliveryDelay(300);
        long before = System.currentTimeMillis();

        template.convertAndSend("template-qos", "later");

        var message = received(template.receive("template-qos"));
        assertThat(System.currentTimeMillis() - before).isGreaterThanOrEqualTo(300);
        assertThat(message.getJMSPriority()).isEqualTo(7);
        assertThat(message.getJMSDeliveryMode()).isEqualTo(jakarta.jms.DeliveryMode.NON_PERSISTENT);
        assertThat(message.getJMSExpiration()).isBetween(before + 60_000, System.currentTimeMillis() + 60_000);
        assertThat(message.getJMSDeliveryTime()).isGreaterThanOrEqualTo(before + 300);
    }

    @Test
    void commitsATransactionOfItsOwnAndRollsBackWhatThrows() {
        var template = template(Connections.CACHED);
        template.setSessionTransacted(true);
        assertThatThrownBy(() -> template.execute(
                        session -> {
                            session.createProducer(session.createQueue("template-tx"))
                                    .send(session.createTextMessage("never"));
                            throw new IllegalStateException("the program has changed its mind");
                        },
                        false))
                .isInstanceOf(IllegalStateException.class);

        template.convertAndSend("template-tx", "committed");

        assertThat(template.receiveAndConvert("template-tx")).isEqualTo("committed");
        template.setReceiveTimeout(150);
        assertThat(template.receiveAndConvert("template-tx")).isNull();
    }

    @Test
    void translatesExceptions() {
        var guarded = new JmsTemplate(new GodwitConnectionFactory(
                GuardedBroker.USER, "wrong", "amqp://127.0.0.1:" + GUARDED.port(GuardedBroker.Door.TCP)));

        assertThatThrownBy(() -> guarded.convertAndSend("q", "text")).isInstanceOf(JmsSecurityException.class);
    }
}
