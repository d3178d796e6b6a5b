package dev.godwit.it.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.Session;
import org.apache.qpid.protonj2.client.Tracker;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/**
 * Moves tokens between queues, a few in each transaction, through every life of the broker; now and then it changes its
 * mind. Runs on a thread of its own.
 */
final class TokenMover implements Runnable {
    private static final int MOVES_IN_ONE_MAX = 4;
    private static final int TRANSACTIONS_BETWEEN_TWO_MAX = 8;
    private static final int ROLLED_BACK_PERCENT = 10;
    private static final int RECEIVE_MILLIS = 20;

    private final Client client;
    private final int port;
    private final List<String> queues;
    private final Lives lives;
    private final Random random;
    private final Runnable onCommitted;

    TokenMover(Client client, int port, List<String> queues, Lives lives, Random random, Runnable onCommitted) {
        this.client = client;
        this.port = port;
        this.queues = queues;
        this.lives = lives;
        this.random = random;
        this.onCommitted = onCommitted;
    }

    @Override
    public void run() {
        lives.each(life -> live());
    }

    private void live() {
        try (var connection = client.connect("127.0.0.1", port, new ConnectionOptions().idleTimeout(0))) {
            while (!lives.isOver()) {
                moveBetweenTwo(connection.openSession());
            }
        } catch (ClientException killed) {
            // Whether the last transaction was committed is not known: but all of it was, or nothing.
        }
    }

    private void moveBetweenTwo(Session session) throws ClientException {
        var from = queues.get(random.nextInt(queues.size()));
        var to = queues.get(random.nextInt(queues.size()));
        var receiver = session.openReceiver(
                from, new ReceiverOptions().autoAccept(false).autoSettle(false).creditWindow(MOVES_IN_ONE_MAX));
        var sender = session.openSender(to);
        for (int i = 1 + random.nextInt(TRANSACTIONS_BETWEEN_TWO_MAX); i > 0 && !lives.isOver(); i--) {
            session.beginTransaction();
            var posted = new ArrayList<Tracker>();
            for (int moves = 1 + random.nextInt(MOVES_IN_ONE_MAX); moves > 0; moves--) {
                var delivery = receiver.receive(RECEIVE_MILLIS, TimeUnit.MILLISECONDS);
                if (delivery != null && delivery.message().body() instanceof byte[] token) {
                    posted.add(sender.send(Message.create(token).durable(true)));
                    delivery.accept();
                }
            }
            if (random.nextInt(100) < ROLLED_BACK_PERCENT) {
                session.rollbackTransaction();
            } else {
                session.commitTransaction();
                onCommitted.run();
                posted.forEach(TokenMover::mustBeAccepted);
            }
        }
        session.close();
    }

    /** A post is answered before the commit that it belongs to. */
    private static void mustBeAccepted(Tracker post) {
        var state = post.remoteState();
        if (state == null || !state.isAccepted()) {
            throw new IllegalStateException(
                    "a transaction was committed, but a message posted in it has the state " + state);
        }
    }
}
