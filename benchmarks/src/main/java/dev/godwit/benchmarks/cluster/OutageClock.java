package dev.godwit.benchmarks.cluster;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A client that was there before the brokers died: for each line that it reads it sends a message, and attaches a consumer at the same time, and says when the message was
 * confirmed and when the consumer had one, in milliseconds since 1970. What it asks for waits until somebody serves. Ends when it can read no more. Run by
 * {@code benchmarks/cluster-backlog.sh}. Arguments: URI, queue, bytes of a message, seconds at most for an answer.
 */
public final class OutageClock {
    private final Connection receiving;
    private final Session session;
    private final MessageProducer producer;
    private final byte[] body;
    private final String queue;
    private final long secondsMax;

    private OutageClock(Connection sending, Connection receiving, String[] args) throws JMSException {
        this.receiving = receiving;
        queue = args[1];
        body = new byte[Integer.parseInt(args[2])];
        secondsMax = Long.parseLong(args[3]);
        session = sending.createSession();
        producer = session.createProducer(session.createQueue(queue));
        receiving.start();
    }

    public static void main(String[] args) throws Exception {
        var factory = new GodwitConnectionFactory(args[0]);
        // Whoever asks ends this process when it does not answer: nothing waits for what hangs.
        ExecutorService tasks = Executors.newCachedThreadPool(OutageClock::daemon);
        try (Connection sending = factory.createConnection();
                Connection receiving = factory.createConnection()) {
            var clock = new OutageClock(sending, receiving, args);
            clock.answer(tasks);
        }
    }

    private static Thread daemon(Runnable task) {
        var thread = new Thread(task, "client");
        thread.setDaemon(true);
        return thread;
    }

    private void answer(ExecutorService tasks) throws IOException, InterruptedException, ExecutionException {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (lines.readLine() != null) {
            List<Callable<Long>> both = List.of(this::send, this::receive);
            List<Future<Long>> millis = tasks.invokeAll(both, secondsMax, TimeUnit.SECONDS);
            System.out.println(millis.get(0).get() + " " + millis.get(1).get());
            System.out.flush();
        }
    }

    private long send() throws JMSException {
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(body);
        producer.send(message);
        return System.currentTimeMillis();
    }

    private long receive() throws JMSException {
        try (Session consuming = receiving.createSession();
                MessageConsumer consumer = consuming.createConsumer(consuming.createQueue(queue))) {
            Message message = consumer.receive(TimeUnit.SECONDS.toMillis(secondsMax));
            if (message == null) {
                throw new IllegalStateException("nothing was received in " + secondsMax + " s");
            }
            return System.currentTimeMillis();
        }
    }
}
