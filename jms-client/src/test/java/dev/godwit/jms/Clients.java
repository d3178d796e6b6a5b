package dev.godwit.jms;

import dev.godwit.jms.message.GodwitQueue;
import dev.godwit.jms.message.GodwitTopic;
import dev.godwit.jms.session.ClientConnection;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.Topic;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Connections and contexts of one test with a real broker, all closed after it, and a queue and a topic that no other test
 * has. For the test's thread.
 */
final class Clients implements BeforeEachCallback, AfterEachCallback {
    /** How long a test waits for what should come. */
    static final long SOON_MILLIS = 10_000;

    /** How long a test waits for what should not come. */
    static final long NOTHING_MILLIS = 150;

    private static final AtomicInteger TESTS = new AtomicInteger();

    private final BrokerExtension broker;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private String name = "";

    Clients(BrokerExtension broker) {
        this.broker = broker;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        name = context.getRequiredTestMethod().getName() + '-' + TESTS.incrementAndGet();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        closeAll();
    }

    /** As after the test. */
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    /** Of this test alone. */
    String name() {
        return name;
    }

    Queue queue() {
        return new GodwitQueue(name);
    }

    Topic topic() {
        return new GodwitTopic(name + "-topic");
    }

    /** Sends texts to {@link #queue}. */
    void send(String... texts) throws JMSException {
        var sending = session();
        try (var producer = sending.createProducer(queue())) {
            for (var text : texts) {
                producer.send(sending.createTextMessage(text));
            }
        }
    }

    /** A connection that is not started. */
    ClientConnection stopped() throws JMSException {
        return opened(broker.factory().createConnection());
    }

    ClientConnection started() throws JMSException {
        ClientConnection connection = stopped();
        connection.start();
        return connection;
    }

    /** A started connection with a client identifier. */
    ClientConnection started(String clientId) throws JMSException {
        ClientConnection connection = stopped();
        connection.setClientID(clientId);
        connection.start();
        return connection;
    }

    /** A session that acknowledges by itself, on a started connection of its own. */
    Session session() throws JMSException {
        return session(Session.AUTO_ACKNOWLEDGE);
    }

    Session session(int mode) throws JMSException {
        return started().createSession(mode);
    }

    JMSContext context() {
        return context(JMSContext.AUTO_ACKNOWLEDGE);
    }

    JMSContext context(int mode) {
        return opened(broker.factory().createContext(mode));
    }

    /** To be closed after the test. */
    <T extends AutoCloseable> T opened(T resource) {
        open.push(resource);
        return resource;
    }

    /** The next message, which has to come. */
    static Message next(MessageConsumer consumer) throws JMSException {
        return Objects.requireNonNull(consumer.receive(SOON_MILLIS), "nothing came");
    }

    /** The text of the next message, which has to come. */
    static String nextText(MessageConsumer consumer) throws JMSException {
        return next(consumer).getBody(String.class);
    }

    static @Nullable Message nothing(MessageConsumer consumer) throws JMSException {
        return consumer.receive(NOTHING_MILLIS);
    }

    /** On a thread of its own, however many wait at the same time. */
    static <T> CompletableFuture<T> inBackground(Callable<T> call) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return call.call();
                    } catch (Exception thrown) {
                        throw new CompletionException(thrown);
                    }
                },
                task -> new Thread(task, "test").start());
    }

    /** The simple name of what a call of the simplified API throws; "nothing" when it does not. */
    static String thrown(Runnable call) {
        try {
            call.run();
            return "nothing";
        } catch (JMSRuntimeException refused) {
            return refused.getClass().getSimpleName();
        }
    }
}
