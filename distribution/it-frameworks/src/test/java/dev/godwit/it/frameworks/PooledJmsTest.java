package dev.godwit.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.EmbeddedBroker;
import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.messaginghub.pooled.jms.JmsPoolConnection;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;
import org.messaginghub.pooled.jms.JmsPoolSession;

/** Our connections, sessions and producers in the pools of pooled-jms. */
@Timeout(60)
final class PooledJmsTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 10_000;
    private static final long NOTHING_MILLIS = 150;

    private final JmsPoolConnectionFactory pool = new JmsPoolConnectionFactory();

    @AfterEach
    void stop() {
        pool.stop();
    }

    private void poolOf(String options) {
        pool.setConnectionFactory(new GodwitConnectionFactory(BROKER.uri() + options));
    }

    private void send(String queue, String text) throws JMSException {
        try (var connection = pool.createConnection();
                var session = connection.createSession();
                var producer = session.createProducer(session.createQueue(queue))) {
            producer.send(session.createTextMessage(text));
        }
    }

    private @Nullable String receive(String queue, long millis) throws JMSException {
        try (var connection = pool.createConnection();
                var session = connection.createSession();
                var consumer = session.createConsumer(session.createQueue(queue))) {
            connection.start();
            return text(consumer, millis);
        }
    }

    private static @Nullable String text(MessageConsumer consumer, long millis) throws JMSException {
        var message = consumer.receive(millis);
        return message == null ? null : message.getBody(String.class);
    }

    @Test
    void givesOneConnectionAndOneSessionToWhoComesOneAfterTheOther() throws JMSException {
        poolOf("");
        Set<Session> sessions = ConcurrentHashMap.newKeySet();
        Set<Connection> connections = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 50; i++) {
            try (var connection = (JmsPoolConnection) pool.createConnection();
                    var session = (JmsPoolSession) connection.createSession()) {
                connections.add(connection.getConnection());
                sessions.add(session.getInternalSession());
            }
            send("pool-once", "message " + i);
            assertThat(receive("pool-once", SOON_MILLIS)).isEqualTo("message " + i);
        }

        assertThat(pool.getNumConnections()).isEqualTo(1);
        assertThat(connections).hasSize(1);
        assertThat(sessions).hasSize(1);
    }

    @Test
    void leavesNoTransactionToTheNextUser() throws JMSException {
        poolOf("");
        try (var connection = pool.createConnection();
                var session = connection.createSession(Session.SESSION_TRANSACTED)) {
            var producer = session.createProducer(session.createQueue("pool-tx"));
            producer.send(session.createTextMessage("never committed"));
        }
        try (var connection = pool.createConnection();
                var session = connection.createSession(Session.SESSION_TRANSACTED)) {
            var producer = session.createProducer(session.createQueue("pool-tx"));
            producer.send(session.createTextMessage("committed"));
            session.commit();
        }

        assertThat(receive("pool-tx", SOON_MILLIS)).isEqualTo("committed");
        assertThat(receive("pool-tx", NOTHING_MILLIS)).isNull();
    }

    @Test
    void endsTheTemporaryQueuesOfWhoGivesTheConnectionBack() throws JMSException {
        poolOf("");
        try (var answering = pool.createConnection()) {
            answering.start();
            var answer = answering.createSession();
            var replies = askAndGoAway(answer);

            var late = answer.createProducer(null);
            assertThatThrownBy(() -> late.send(replies, answer.createTextMessage("four")))
                    .isInstanceOf(JMSException.class);
        }
    }

    /** Has a question answered, and gives where the answer came to, which is gone then. */
    private Queue askAndGoAway(Session answer) throws JMSException {
        try (var asking = pool.createConnection()) {
            asking.start();
            var question = asking.createSession();
            var replies = question.createTemporaryQueue();
            var request = question.createTextMessage("how many?");
            request.setJMSReplyTo(replies);
            question.createProducer(question.createQueue("pool-questions")).send(request);

            var asked =
                    answer.createConsumer(answer.createQueue("pool-questions")).receive(SOON_MILLIS);
            answer.createProducer(null).send(asked.getJMSReplyTo(), answer.createTextMessage("three"));

            try (var consumer = question.createConsumer(replies)) {
                assertThat(text(consumer, SOON_MILLIS)).isEqualTo("three");
            }
            return replies;
        }
    }

    @Test
    void servesContextsAndManyThreads() throws Exception {
        poolOf("");
        pool.setMaxConnections(2);
        pool.setMaxSessionsPerConnection(3);
        pool.setBlockIfSessionPoolIsFull(true);
        var threads = Executors.newFixedThreadPool(8);
        try {
            var senders = new ArrayList<Future<?>>();
            for (int thread = 0; thread < 8; thread++) {
                int number = thread;
                senders.add(threads.submit(() -> {
                    for (int i = 0; i < 25; i++) {
                        try (var context = pool.createContext()) {
                            context.createProducer().send(context.createQueue("pool-many"), number + "-" + i);
                        }
                    }
                }));
            }
            for (var sender : senders) {
                sender.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(pool.getNumConnections()).isBetween(1, 2);
        Set<String> received = ConcurrentHashMap.newKeySet();
        try (var context = pool.createContext();
                var consumer = context.createConsumer(context.createQueue("pool-many"))) {
            for (int i = 0; i < 200; i++) {
                // The pool's consumers have no receiveBody.
                received.add(consumer.receive(SOON_MILLIS).getBody(String.class));
            }
        }
        assertThat(received)
                .isEqualTo(IntStream.range(0, 200)
                        .mapToObj(i -> i / 25 + "-" + i % 25)
                        .collect(Collectors.toSet()));
    }

    @Test
    void makesAnotherConnectionWhenTheBrokerWasAway() throws Exception {
        poolOf("");
        send("pool-restart", "before");
        var before = connection();

        BROKER.restart();

        // Until the pool has heard of the loss it may give the lost connection out once more.
        await().atMost(Duration.ofSeconds(20))
                .ignoreException(JMSException.class)
                .until(() -> {
                    send("pool-restart", "after");
                    return true;
                });
        assertThat(connection()).isNotSameAs(before);
        assertThat(pool.getNumConnections()).isEqualTo(1);
        assertThat(receive("pool-restart", SOON_MILLIS)).isEqualTo("before");
        assertThat(receive("pool-restart", SOON_MILLIS)).isEqualTo("after");
    }

    private Connection connection() throws JMSException {
        try (var connection = (JmsPoolConnection) pool.createConnection()) {
            return connection.getConnection();
        }
    }

    @Test
    void keepsAConnectionThatComesBackByItself() throws Exception {
        pool.setConnectionFactory(new GodwitConnectionFactory("failover:(" + BROKER.uri() + ")"));
        try (var connection = pool.createConnection();
                var session = connection.createSession();
                var producer = session.createProducer(session.createQueue("pool-failover"));
                var consumer = session.createConsumer(session.createQueue("pool-failover"))) {
            connection.start();
            producer.send(session.createTextMessage("before"));
            assertThat(text(consumer, SOON_MILLIS)).isEqualTo("before");
            var before = connection();

            BROKER.restart();

            producer.send(session.createTextMessage("after"));
            assertThat(text(consumer, SOON_MILLIS)).isEqualTo("after");
            assertThat(connection()).isSameAs(before);
        }
    }
}
