package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.CompletionListener;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What tests of selectors and browsers begin with: a client's connection, and a queue of messages with the properties
 * {@code n}, counted from 0, and {@code even}. Owned by one test, which connects first.
 */
@SuppressWarnings("NullAway.Init")
abstract class NumberedMessages {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    static final long SOON_MILLIS = 20_000;

    Connection connection;
    Session session;
    Queue queue;

    void connect(JmsClient client, String name) throws JMSException {
        connection = client.connect(BROKER.uri());
        session = connection.createSession();
        queue = session.createQueue(name + client);
    }

    @AfterEach
    void disconnect() throws JMSException {
        connection.close();
    }

    void send(int count) throws JMSException {
        try (var sending = connection.createSession(Session.AUTO_ACKNOWLEDGE)) {
            var producer = sending.createProducer(queue);
            var confirmed = new CountDownLatch(count);
            for (int n = 0; n < count; n++) {
                var message = sending.createMessage();
                message.setIntProperty("n", n);
                message.setBooleanProperty("even", n % 2 == 0);
                producer.send(message, new CompletionListener() {
                    @Override
                    public void onCompletion(Message sent) {
                        confirmed.countDown();
                    }

                    @Override
                    public void onException(Message sent, Exception failure) {
                        throw new AssertionError(failure);
                    }
                });
            }
            assertThat(confirmed.await(SOON_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
