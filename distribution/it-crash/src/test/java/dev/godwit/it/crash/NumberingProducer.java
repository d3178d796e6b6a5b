package dev.godwit.it.crash;

import dev.godwit.it.history.History;
import dev.godwit.it.history.History.Event;
import dev.godwit.it.history.MessageKey;
import dev.godwit.it.history.NumberedPayload;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.Tracker;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/**
 * Sends durable, numbered messages to one queue through every life of the broker, many at a time, and never one twice.
 * Runs on a thread of its own.
 */
final class NumberingProducer implements Runnable {
    private static final int IN_FLIGHT_MAX = 128;

    private final Client client;
    private final int port;
    private final String queue;
    private final int number;
    private final Lives lives;
    private final History history;
    private final Runnable onConfirmed;
    private long sequence;

    NumberingProducer(
            Client client, int port, String queue, int number, Lives lives, History history, Runnable onConfirmed) {
        this.client = client;
        this.port = port;
        this.queue = queue;
        this.number = number;
        this.lives = lives;
        this.history = history;
        this.onConfirmed = onConfirmed;
    }

    @Override
    public void run() {
        lives.each(life -> live());
    }

    private void live() throws InterruptedException {
        var inFlight = new ArrayDeque<InFlight>();
        try (var connection = client.connect("127.0.0.1", port, new ConnectionOptions().idleTimeout(0))) {
            send(connection.openSender(queue), inFlight);
        } catch (ClientException killed) {
            // What was not confirmed may or may not be there: G7.
        }
        inFlight.stream()
                .filter(each -> each.tracker.settlementFuture().isDone())
                .forEach(this::conclude);
    }

    private void send(Sender sender, Deque<InFlight> inFlight) throws ClientException, InterruptedException {
        while (!lives.isOver()) {
            var key = new MessageKey(number, ++sequence);
            history.add(new Event.Sent(key));
            var message = Message.create(NumberedPayload.encode(key)).durable(true);
            inFlight.add(new InFlight(key, sender.send(message)));
            while (inFlight.size() >= IN_FLIGHT_MAX || isFirstDone(inFlight)) {
                awaitFirst(inFlight);
            }
        }
        while (!inFlight.isEmpty()) {
            awaitFirst(inFlight);
        }
    }

    private static boolean isFirstDone(Deque<InFlight> inFlight) {
        var first = inFlight.peek();
        return first != null && first.tracker.settlementFuture().isDone();
    }

    private void awaitFirst(Deque<InFlight> inFlight) throws ClientException, InterruptedException {
        var first = inFlight.element();
        try {
            first.tracker.settlementFuture().get();
        } catch (ExecutionException killed) {
            throw new ClientException("the connection ended", killed);
        }
        conclude(first);
        inFlight.remove();
    }

    private void conclude(InFlight ended) {
        var state = ended.tracker.remoteState();
        if (state != null && state.isAccepted()) {
            history.add(new Event.Confirmed(ended.key));
            onConfirmed.run();
        }
    }

    private record InFlight(MessageKey key, Tracker tracker) {}
}
