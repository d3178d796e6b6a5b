package dev.godwit.it.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.BrokerProcess;
import dev.godwit.jms.failover.FailoverProviderFactory;
import dev.godwit.jms.failover.FailoverSettings;
import dev.godwit.jms.provider.amqp.AmqpProviderFactory;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.session.ClientConnection;
import dev.godwit.jms.session.ConnectionSettings;
import dev.godwit.jms.session.ConnectionStateListener;
import dev.godwit.jms.session.Opening;
import jakarta.jms.CompletionListener;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TransactionRolledBackException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker process is killed again and again under JMS clients that live through it: what was sent is received, each message
 * once, and in the order of its producer. Transactions move messages from one queue to another, each once. Rerun one that failed
 * with {@code -Dgodwit.seed=<seed>}; the long form is {@code -Dgodwit.failover.kills=60}.
 */
final class FailoverCrashTest {
    private static final int KILLS = Integer.getInteger("godwit.failover.kills", 6);
    private static final int LOAD_MILLIS_MIN = 50;
    private static final int LOAD_MILLIS_MAX = 600;
    private static final int QUIET_MILLIS = 1_500;
    private static final String LISTENED = "failover-listened";
    private static final String RECEIVED = "failover-received";
    private static final String BEFORE = "failover-before";
    private static final String BEHIND = "failover-behind";

    private final long seed = Long.getLong("godwit.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong progress = new AtomicLong();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong rolledBack = new AtomicLong();
    private final AtomicLong inDoubt = new AtomicLong();
    private final AtomicInteger restorations = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Map<String, List<Long>> receivedByProducer = new ConcurrentHashMap<>();
    private final Map<String, Long> sentByProducer = new ConcurrentHashMap<>();
    private int port;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void hasEachMessageOnceAndInOrderThroughKills() throws Exception {
        List<Future<?>> working = new ArrayList<>();
        BrokerProcess broker = BrokerProcess.start(data(), 0);
        port = broker.port();
        try (ClientConnection producers = connect();
                ClientConnection consumers = connect();
                ClientConnection movers = connect()) {
            listen(consumers, LISTENED, "listened");
            listen(consumers, BEHIND, "behind");
            Future<?> receiving = clients.submit(guarded(() -> receive(consumers)));
            Future<?> moving = clients.submit(guarded(() -> move(movers)));
            for (String queue : List.of(LISTENED, RECEIVED, BEFORE)) {
                working.add(clients.submit(guarded(() -> produceAndWait(producers, queue))));
                working.add(clients.submit(guarded(() -> produceAndGoOn(producers, queue))));
            }
            for (int kill = 1; kill <= KILLS; kill++) {
                long before = progress.get();
                await().atMost(Duration.ofSeconds(60)).until(() -> progress.get() > before + 10);
                int millis = LOAD_MILLIS_MIN + random.nextInt(LOAD_MILLIS_MAX - LOAD_MILLIS_MIN);
                timer.schedule(broker::kill, millis, TimeUnit.MILLISECONDS).get();
                broker = BrokerProcess.start(data(), port);
            }
            over.set(true);
            for (Future<?> each : working) {
                each.get(90, TimeUnit.SECONDS);
            }
            await().atMost(Duration.ofSeconds(90)).until(() -> receivedCount() >= sentCount() || !failures.isEmpty());
            // One that came twice would come soon after.
            timer.schedule(() -> {}, QUIET_MILLIS, TimeUnit.MILLISECONDS).get();
            receiving.cancel(true);
            moving.cancel(true);
        } finally {
            over.set(true);
            clients.shutdownNow();
            timer.shutdownNow();
            broker.kill();
        }
        System.out.println(
                "failover crash test: kills=" + KILLS + " restorations=" + restorations + " sent=" + sentCount()
                        + " received=" + receivedCount() + " commits=" + committed + " rolled-back=" + rolledBack
                        + " in-doubt=" + inDoubt + " seed=" + seed);
        assertThat(failures).as("rerun with -Dgodwit.seed=" + seed).isEmpty();
        sentByProducer.forEach((producer, count) -> assertReceived(producer, count));
        assertThat(sentByProducer).hasSize(6);
        assertThat(restorations.get()).isGreaterThanOrEqualTo(KILLS);
        assertThat(committed.get()).isPositive();
    }

    private void assertReceived(String producer, long count) {
        List<Long> received = receivedByProducer.getOrDefault(producer, List.of());
        String what = producer + " sent " + count + "; rerun with -Dgodwit.seed=" + seed;
        assertThat(received).as(what).doesNotHaveDuplicates().hasSize((int) count);
        if (!producer.startsWith(BEFORE)) {
            assertThat(received).as(what).isSorted();
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private ClientConnection connect() throws JMSException {
        FailoverSettings settings =
                new FailoverSettings(0, 10, 200, true, 2, -1, -1, 10, false, FailoverSettings.ServerListAction.IGNORE);
        AmqpSettings node = new AmqpSettings("127.0.0.1", port, 5_000, null, 60_000, 128 * 1024);
        ClientConnection connection = new Opening(
                        new FailoverProviderFactory(List.of(new AmqpProviderFactory(node)), settings),
                        ConnectionSettings.DEFAULT)
                .connect();
        connection.setExceptionListener(failure -> failures.add("connection: " + failure));
        connection.addConnectionStateListener(new ConnectionStateListener() {
            @Override
            public void onInterrupted(JMSException cause) {}

            @Override
            public void onRestored(String broker) {
                restorations.incrementAndGet();
            }
        });
        connection.start();
        return connection;
    }

    private Callable<Void> guarded(Work work) {
        return () -> {
            try {
                work.run();
            } catch (JMSException failed) {
                if (!over.get()) {
                    failures.add(failed.toString());
                }
            }
            return null;
        };
    }

    private interface Work {
        void run() throws JMSException;
    }

    /** Each send returns when the broker has taken the message. */
    private void produceAndWait(ClientConnection connection, String queue) throws JMSException {
        Session session = connection.createSession();
        MessageProducer producer = session.createProducer(session.createQueue(queue));
        String name = queue + "/waits";
        for (long number = 1; !over.get(); number++) {
            sentByProducer.put(name, number);
            producer.send(session.createTextMessage(name + ' ' + number));
            progress.incrementAndGet();
        }
    }

    /** Many are on their way, and a listener hears of each once. */
    private void produceAndGoOn(ClientConnection connection, String queue) throws JMSException {
        Session session = connection.createSession();
        MessageProducer producer = session.createProducer(session.createQueue(queue));
        String name = queue + "/goes-on";
        AtomicLong completed = new AtomicLong();
        long number = 0;
        while (!over.get()) {
            number++;
            sentByProducer.put(name, number);
            producer.send(session.createTextMessage(name + ' ' + number), new CompletionListener() {
                @Override
                public void onCompletion(Message message) {
                    completed.incrementAndGet();
                    progress.incrementAndGet();
                }

                @Override
                public void onException(Message message, Exception failure) {
                    failures.add("completion: " + failure);
                }
            });
            long sent = number;
            if (sent % 50 == 0) {
                await().pollInterval(Duration.ofMillis(2))
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> sent - completed.get() < 50);
            }
        }
        producer.close();
        if (completed.get() != number) {
            failures.add(name + ": of " + number + " sends " + completed + " were completed");
        }
    }

    private void listen(ClientConnection connection, String queue, String what) throws JMSException {
        Session session = connection.createSession();
        session.createConsumer(session.createQueue(queue)).setMessageListener(message -> {
            try {
                note(message);
            } catch (JMSException failed) {
                failures.add(what + ": " + failed);
            }
        });
    }

    private void receive(ClientConnection connection) throws JMSException {
        Session session = connection.createSession();
        MessageConsumer consumer = session.createConsumer(session.createQueue(RECEIVED));
        while (!Thread.currentThread().isInterrupted()) {
            Message message = consumer.receive(200);
            if (message != null) {
                note(message);
            }
        }
    }

    /** Whether a commit that is in doubt happened need not be known: what was moved is not here any more. */
    private void move(ClientConnection connection) throws JMSException {
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(session.createQueue(BEFORE));
        MessageProducer producer = session.createProducer(session.createQueue(BEHIND));
        while (!Thread.currentThread().isInterrupted()) {
            int moved = 0;
            for (Message message = consumer.receive(100); message != null; message = consumer.receive(5)) {
                producer.send(message);
                if (++moved == 20) {
                    break;
                }
            }
            try {
                session.commit();
                committed.incrementAndGet();
            } catch (TransactionRolledBackException again) {
                rolledBack.incrementAndGet();
            } catch (JMSException unknown) {
                if (!"TRANSACTION_IN_DOUBT".equals(unknown.getErrorCode())) {
                    throw unknown;
                }
                inDoubt.incrementAndGet();
            }
        }
    }

    private void note(Message message) throws JMSException {
        String text = message.getBody(String.class);
        int space = text.indexOf(' ');
        receivedByProducer
                .computeIfAbsent(text.substring(0, space), absent -> Collections.synchronizedList(new ArrayList<>()))
                .add(Long.parseLong(text.substring(space + 1)));
        progress.incrementAndGet();
    }

    private long sentCount() {
        return sentByProducer.values().stream().mapToLong(Long::longValue).sum();
    }

    private long receivedCount() {
        return receivedByProducer.values().stream().mapToLong(List::size).sum();
    }
}
