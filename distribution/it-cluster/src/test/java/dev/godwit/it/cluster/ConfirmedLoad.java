package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that send and receive, and remember what was confirmed and what was received. Begun once; {@link #finish} says whether
 * anything confirmed was lost. Owned by one test thread.
 */
final class ConfirmedLoad implements AutoCloseable {
    private static final int PRODUCERS = 3;
    private static final int PROGRESS = 100;

    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final List<Future<?>> working = new ArrayList<>();
    private final String padding;
    private final AtomicBoolean over = new AtomicBoolean();

    /** Nothing is confirmed any more. */
    private final AtomicBoolean allSent = new AtomicBoolean();

    private final AtomicLong lastConfirmedNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong longestGapNanos = new AtomicLong();
    private final Set<String> confirmed = ConcurrentHashMap.newKeySet();
    private final Set<String> received = ConcurrentHashMap.newKeySet();
    private final AtomicLong deliveries = new AtomicLong();
    private final Connection producing;
    private final Connection consuming;
    private final String queue;

    /**
     * Connects, and begins.
     *
     * @param producersUri where producers connect to
     * @param consumersUri where the consumer does
     * @param queue of which nobody else receives
     * @param paddingBytes by how much each message is longer than its name
     */
    ConfirmedLoad(String producersUri, String consumersUri, String queue, int paddingBytes) throws JMSException {
        this(connect(producersUri), connect(consumersUri), queue, paddingBytes);
    }

    /** The same over connections that are there, of whichever clients; they are closed with it. */
    ConfirmedLoad(Connection producing, Connection consuming, String queue, int paddingBytes) {
        padding = " ".repeat(paddingBytes);
        this.producing = producing;
        this.consuming = consuming;
        this.queue = queue;
        for (int producer = 0; producer < PRODUCERS; producer++) {
            String name = "p" + producer;
            working.add(clients.submit(() -> {
                produce(name);
                return null;
            }));
        }
        working.add(clients.submit(() -> {
            consume();
            return null;
        }));
    }

    static Connection connect(String uri) throws JMSException {
        Connection connection = new GodwitConnectionFactory(uri).createConnection();
        connection.start();
        return connection;
    }

    private void produce(String name) throws JMSException {
        try (Session session = producing.createSession();
                MessageProducer producer = session.createProducer(session.createQueue(queue))) {
            for (long number = 0; !over.get(); number++) {
                String text = name + ' ' + number;
                producer.send(session.createTextMessage(text + padding));
                confirmed.add(text);
                long now = System.nanoTime();
                longestGapNanos.accumulateAndGet(now - lastConfirmedNanos.getAndSet(now), Math::max);
            }
        }
    }

    private void consume() throws JMSException {
        try (Session session = consuming.createSession();
                MessageConsumer consumer = session.createConsumer(session.createQueue(queue))) {
            while (!allSent.get() || !received.containsAll(confirmed)) {
                Message message = consumer.receive(500);
                if (message != null) {
                    received.add(message.getBody(String.class).stripTrailing());
                    deliveries.incrementAndGet();
                }
            }
        }
    }

    int confirmed() {
        return confirmed.size();
    }

    /** When something was confirmed last. */
    long lastConfirmedNanos() {
        return lastConfirmedNanos.get();
    }

    /**
     * Waits until a send is confirmed that was not when something happened.
     *
     * @param atNanos when it did
     * @param graceMillis for so long what was on its way may still be confirmed
     * @return milliseconds from then until that was confirmed
     */
    long awaitConfirmed(long atNanos, long graceMillis) {
        return await().pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofMinutes(2))
                .until(
                        () -> TimeUnit.NANOSECONDS.toMillis(lastConfirmedNanos.get() - atNanos),
                        millis -> millis > graceMillis);
    }

    /** The longest time between two confirmed sends, of whichever producers, since this was asked last. */
    long longestGapMillis() {
        return TimeUnit.NANOSECONDS.toMillis(longestGapNanos.getAndSet(0));
    }

    void awaitProgress() {
        int before = confirmed.size();
        int receivedBefore = received.size();
        await().atMost(Duration.ofSeconds(90))
                .until(() -> confirmed.size() > before + PROGRESS && received.size() > receivedBefore + PROGRESS);
    }

    /** Producers end, what they have sent is received, and it was all that was confirmed. */
    void finish() throws Exception {
        over.set(true);
        for (Future<?> producer : working.subList(0, PRODUCERS)) {
            producer.get(120, TimeUnit.SECONDS);
        }
        allSent.set(true);
        for (Future<?> each : working) {
            each.get(120, TimeUnit.SECONDS);
        }
        var lost = new HashSet<>(confirmed);
        lost.removeAll(received);
        assertThat(lost).as("confirmed and lost").isEmpty();
        assertThat(confirmed).isNotEmpty();
    }

    @Override
    public String toString() {
        return "confirmed=" + confirmed.size() + " received=" + received.size() + " deliveries=" + deliveries;
    }

    @Override
    public void close() throws JMSException {
        over.set(true);
        clients.shutdownNow();
        try {
            producing.close();
        } finally {
            consuming.close();
        }
    }
}
