package dev.godwit.it.cluster;

import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TransactionRolledBackException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tokens that go round: of each queue a mover takes some and sends them to the next one, in one transaction. A transaction that
 * was torn shows as a token that is nowhere, or twice.
 */
final class TokenRing implements AutoCloseable {
    private static final int TOKENS = 40;
    private static final int MOVED_MAX = 4;
    private static final int RECEIVE_MILLIS = 100;
    private static final int QUIET_MILLIS = 1_000;
    private static final String DEAD_LETTERS = "DLQ";

    private final List<String> queues;
    private final ConnectionFactory counting;
    private final ExecutorService movers = Executors.newCachedThreadPool();
    private final List<Future<?>> moving = new ArrayList<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();

    /** Begins with all tokens in the first queue, and one mover for each factory. */
    TokenRing(List<ConnectionFactory> factories) throws JMSException {
        queues = factories.stream()
                .map(each -> "tokens-" + factories.indexOf(each))
                .toList();
        counting = factories.get(0);
        try (Connection connection = counting.createConnection();
                Session session = connection.createSession();
                MessageProducer producer = session.createProducer(session.createQueue(queues.get(0)))) {
            for (int token = 0; token < TOKENS; token++) {
                BytesMessage message = session.createBytesMessage();
                message.writeByte((byte) token);
                producer.send(message);
            }
        }
        for (int mover = 0; mover < queues.size(); mover++) {
            String from = queues.get(mover);
            String to = queues.get((mover + 1) % queues.size());
            ConnectionFactory factory = factories.get(mover);
            moving.add(movers.submit(() -> {
                move(factory, from, to);
                return null;
            }));
        }
    }

    private void move(ConnectionFactory factory, String from, String to) throws JMSException {
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(session.createQueue(from));
                MessageProducer producer = session.createProducer(session.createQueue(to))) {
            connection.start();
            while (!over.get()) {
                int moved = 0;
                for (Message message = consumer.receive(RECEIVE_MILLIS);
                        message != null;
                        message = ++moved < MOVED_MAX ? consumer.receive(RECEIVE_MILLIS) : null) {
                    producer.send(message);
                }
                commit(session);
            }
        }
    }

    private void commit(Session session) {
        try {
            session.commit();
            committed.incrementAndGet();
        } catch (TransactionRolledBackException again) {
            // The tokens come again.
        } catch (JMSException inDoubt) {
            unknown.incrementAndGet();
        }
    }

    long committed() {
        return committed.get();
    }

    /** Commits that had no answer. */
    long unknown() {
        return unknown.get();
    }

    /** @throws Exception a mover has ended */
    void check() throws Exception {
        for (Future<?> each : moving) {
            if (each.isDone()) {
                each.get();
            }
        }
    }

    void end() throws Exception {
        over.set(true);
        for (Future<?> each : moving) {
            each.get(2, TimeUnit.MINUTES);
        }
    }

    /** How many tokens are not in exactly one place; after the {@link #end}. Takes them out. */
    long torn() throws JMSException {
        Map<Integer, Integer> found = new TreeMap<>();
        try (Connection connection = counting.createConnection();
                Session session = connection.createSession()) {
            connection.start();
            List<String> all = new ArrayList<>(queues);
            all.add(DEAD_LETTERS);
            for (String queue : all) {
                try (MessageConsumer consumer = session.createConsumer(session.createQueue(queue))) {
                    for (Message message = consumer.receive(QUIET_MILLIS);
                            message != null;
                            message = consumer.receive(QUIET_MILLIS)) {
                        found.merge((int) message.getBody(byte[].class)[0], 1, Integer::sum);
                    }
                }
            }
        }
        long missing = (long) TOKENS - found.size();
        return missing + found.values().stream().filter(times -> times > 1).count();
    }

    @Override
    public void close() {
        over.set(true);
        movers.shutdownNow();
    }
}
