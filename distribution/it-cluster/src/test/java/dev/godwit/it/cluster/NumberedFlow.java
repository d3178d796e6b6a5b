package dev.godwit.it.cluster;

import dev.godwit.it.history.History;
import dev.godwit.it.history.History.Event;
import dev.godwit.it.history.MessageKey;
import dev.godwit.it.history.NumberedPayload;
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
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.qpid.jms.JmsConnectionFactory;

/**
 * One producer and one consumer with a queue of their own, each on a connection of its own that lives through whatever happens
 * to nodes. The producer waits for each confirmation, the consumer takes messages in transactions.
 */
final class NumberedFlow implements AutoCloseable {
    static final String QUEUE_PREFIX = "flow-";

    private static final int PACE_MILLIS = 5;
    private static final int BATCH_MAX = 20;
    private static final int RECEIVE_MILLIS = 100;

    private final int number;
    private final String queue;
    private final History history;
    private final AtomicLong lastConfirmedNanos;
    /** Qpid JMS gives deliveries back whose transaction a failover ended, and yet hands out what it had of them in memory. */
    private final boolean beginsAnewAfterRollback;

    private final Connection producing;
    private final Connection consuming;
    private final Session session;
    private final MessageProducer producer;
    private final ScheduledExecutorService sending = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService receiving = Executors.newSingleThreadExecutor();
    private final ScheduledFuture<?> sends;
    private final Future<Void> receives;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong confirmed = new AtomicLong();
    private final AtomicLong settled = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();

    /** @param number of its producer; no two flows of a history have the same */
    NumberedFlow(
            int number,
            ConnectionFactory producers,
            ConnectionFactory consumers,
            History history,
            AtomicLong confirmedNanos)
            throws JMSException {
        this.number = number;
        this.history = history;
        this.lastConfirmedNanos = confirmedNanos;
        beginsAnewAfterRollback = consumers instanceof JmsConnectionFactory;
        queue = QUEUE_PREFIX + number;
        producing = producers.createConnection();
        consuming = consumers.createConnection();
        session = producing.createSession();
        producer = session.createProducer(session.createQueue(queue));
        sends = sending.scheduleWithFixedDelay(this::send, 0, PACE_MILLIS, TimeUnit.MILLISECONDS);
        receives = receiving.submit((Callable<Void>) () -> {
            receive();
            return null;
        });
    }

    private void send() {
        var key = new MessageKey(number, sent.incrementAndGet());
        history.add(new Event.Sent(key));
        try {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(NumberedPayload.encode(key));
            producer.send(message);
        } catch (JMSException failed) {
            throw new IllegalStateException(queue + ": a producer has to live through everything", failed);
        }
        history.add(new Event.Confirmed(key));
        confirmed.incrementAndGet();
        lastConfirmedNanos.set(System.nanoTime());
    }

    private void receive() throws JMSException {
        consuming.start();
        Session transacted = consuming.createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = transacted.createConsumer(transacted.createQueue(queue));
        while (!Thread.currentThread().isInterrupted()) {
            List<MessageKey> taken = new ArrayList<>();
            for (Message message = consumer.receive(RECEIVE_MILLIS);
                    message != null;
                    message = taken.size() < BATCH_MAX ? consumer.receiveNoWait() : null) {
                int attempt = message.getIntProperty("JMSXDeliveryCount");
                NumberedPayload.decode(message.getBody(byte[].class))
                        .ifPresentOrElse(
                                key -> {
                                    history.add(new Event.Delivered(key, queue, attempt));
                                    taken.add(key);
                                },
                                () -> history.add(new Event.Unreadable(queue)));
            }
            if (taken.isEmpty()) {
                continue;
            }
            if (commits(transacted)) {
                taken.forEach(key -> history.add(new Event.Settled(key)));
                settled.addAndGet(taken.size());
            } else if (beginsAnewAfterRollback) {
                transacted.close();
                transacted = consuming.createSession(true, Session.SESSION_TRANSACTED);
                consumer = transacted.createConsumer(transacted.createQueue(queue));
            }
        }
    }

    /** Whether the broker said that it is done; else it may be, or not. */
    private boolean commits(Session transacted) {
        try {
            transacted.commit();
            return true;
        } catch (TransactionRolledBackException again) {
            return false;
        } catch (JMSException inDoubt) {
            unknown.incrementAndGet();
            return false;
        }
    }

    long confirmed() {
        return confirmed.get();
    }

    long settled() {
        return settled.get();
    }

    /** Commits that had no answer. */
    long unknown() {
        return unknown.get();
    }

    /** @throws Exception the producer or the consumer has ended */
    void check() throws Exception {
        if (sends.isDone() && !sends.isCancelled()) {
            sends.get();
        }
        if (receives.isDone()) {
            receives.get();
        }
    }

    /** Sends nothing more, and lets the last send end. */
    void endSending() throws InterruptedException {
        sends.cancel(false);
        sending.shutdown();
        if (!sending.awaitTermination(2, TimeUnit.MINUTES)) {
            throw new IllegalStateException(queue + ": the last send has no end");
        }
    }

    @Override
    public void close() throws JMSException {
        sending.shutdownNow();
        receiving.shutdownNow();
        producing.close();
        consuming.close();
    }
}
