package dev.godwit.benchmarks.jms;

import jakarta.jms.BytesMessage;
import jakarta.jms.CompletionListener;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageListener;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One producer and one consumer of a JMS client, each with a connection, which pass messages of 1 KiB through a queue as fast as they can, in a process of
 * their own: what it costs this process is what the client costs. Prints one line of JSON. Run by {@code benchmarks/jms-clients.sh} and {@code benchmarks/cluster-cost.sh}. Arguments: the class of the
 * connection factory, its URI, the queue, {@code async} or {@code sync}, {@code durable} or {@code non-durable}, seconds to warm up, seconds to measure, and the
 * process ids of the brokers on this machine whose CPU time is to be measured, if any.
 */
public final class JmsLoad implements MessageListener, CompletionListener {
    private static final int BODY_BYTES = 1024;

    /** Of the arguments. */
    private static final int BROKERS_FROM = 7;

    /** Sends that wait for their confirmation, when the producer does not wait for each. */
    private static final int UNCONFIRMED_MAX = 1000;

    /** So far the producer may be ahead of the consumer: what is measured is what passes through both. */
    private static final int AHEAD_MAX = 10_000;

    private final boolean async;
    private final int deliveryMode;
    private final byte[] body = new byte[BODY_BYTES];
    private final byte[] read = new byte[BODY_BYTES];
    private final Semaphore unconfirmed = new Semaphore(UNCONFIRMED_MAX);
    private final AtomicLong received = new AtomicLong();
    private final Histogram sendNanos = new Histogram(TimeUnit.SECONDS.toNanos(60), 3);
    private volatile @Nullable Exception failure;
    private long sent;

    private JmsLoad(boolean async, int deliveryMode) {
        this.async = async;
        this.deliveryMode = deliveryMode;
    }

    public static void main(String[] args) throws Exception {
        ConnectionFactory factory = Class.forName(args[0])
                .asSubclass(ConnectionFactory.class)
                .getConstructor(String.class)
                .newInstance(args[1]);
        var load = new JmsLoad(
                args[3].equals("async"),
                args[4].equals("durable") ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT);
        List<Long> brokers =
                Stream.of(args).skip(BROKERS_FROM).map(Long::valueOf).toList();
        load.run(factory, args[2], Integer.parseInt(args[5]), Integer.parseInt(args[6]), brokers);
    }

    private void run(ConnectionFactory factory, String queue, int warmUpSeconds, int seconds, List<Long> brokers)
            throws Exception {
        try (Connection sending = factory.createConnection();
                Connection receiving = factory.createConnection();
                Session in = receiving.createSession(Session.AUTO_ACKNOWLEDGE);
                Session out = sending.createSession(Session.AUTO_ACKNOWLEDGE);
                MessageConsumer consumer = in.createConsumer(in.createQueue(queue));
                MessageProducer producer = out.createProducer(out.createQueue(queue))) {
            producer.setDeliveryMode(deliveryMode);
            consumer.setMessageListener(this);
            receiving.start();
            pass(out, producer, warmUpSeconds);
            sendNanos.reset();
            Cost before = Cost.now();
            ProcessCpu brokersBefore = ProcessCpu.of(brokers);
            long receivedBefore = received.get();
            pass(out, producer, seconds);
            print(
                    Cost.now().minus(before),
                    ProcessCpu.of(brokers).minus(brokersBefore),
                    received.get() - receivedBefore);
            await(sent);
        }
    }

    private void pass(Session session, MessageProducer producer, int seconds) throws Exception {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(seconds)) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            if (async) {
                unconfirmed.acquire();
                producer.send(message, this);
            } else {
                long sendBegun = System.nanoTime();
                producer.send(message);
                sendNanos.recordValue(System.nanoTime() - sendBegun);
            }
            sent++;
            await(sent - AHEAD_MAX);
        }
    }

    private void await(long messages) throws Exception {
        while (received.get() < messages) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
            Exception failed = failure;
            if (failed != null) {
                throw failed;
            }
        }
    }

    private void print(Cost cost, ProcessCpu brokers, long messages) {
        System.out.printf(
                Locale.ROOT,
                "{\"messagesPerSecond\":%.0f,\"cpuMicrosPerMessage\":%.3f,\"bytesPerMessage\":%.0f,\"p50\":%.1f,\"p99\":%.1f,"
                        + "\"sent\":%d,\"brokersCpuMicrosPerMessage\":%.3f,\"eachBroker\":\"%s\"}%n",
                messages / cost.seconds(),
                cost.cpuMicros() / messages,
                cost.allocatedBytes() / (double) messages,
                sendNanos.getValueAtPercentile(50) / 1e3,
                sendNanos.getValueAtPercentile(99) / 1e3,
                sent,
                brokers.sumMicros() / messages,
                brokers.each().stream()
                        .map(micros -> String.format(Locale.ROOT, "%.2f", (double) micros / messages))
                        .collect(Collectors.joining("+")));
    }

    @Override
    public void onMessage(Message message) {
        try {
            if (((BytesMessage) message).readBytes(read) != BODY_BYTES) {
                failure = new IllegalStateException("a message has another body");
            }
        } catch (JMSException e) {
            failure = e;
        }
        received.incrementAndGet();
    }

    @Override
    public void onCompletion(Message message) {
        unconfirmed.release();
    }

    @Override
    public void onException(Message message, Exception exception) {
        failure = exception;
        unconfirmed.release();
    }
}
