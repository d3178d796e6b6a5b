package dev.godwit.it.crash;

import dev.godwit.it.history.History;
import dev.godwit.it.history.History.Event;
import dev.godwit.it.history.MessageKey;
import dev.godwit.it.history.NumberedPayload;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DeliveryState;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages from one queue through every life of the broker. Of most it waits for the broker to confirm the
 * settlement, some it settles itself, some it leaves lying. Runs on a thread of its own.
 */
final class NotingConsumer implements Runnable {
    private static final int CREDIT = 200;
    private static final int LEFT_LYING_MAX = CREDIT / 4;
    private static final int POLL_MILLIS = 20;

    /** Of a hundred messages: so many are settled by the consumer itself, and so many left lying. */
    private static final int SETTLED_PERCENT = 30;

    private static final int LEFT_LYING_PERCENT = 5;

    private final Client client;
    private final int port;
    private final String queue;
    private final String scope;
    private final Lives lives;
    private final History history;
    private final Random random;
    private final Deque<Accepted> unconfirmed = new ArrayDeque<>();
    private boolean alone = true;
    private int leftLying;

    NotingConsumer(Client client, int port, String queue, String scope, Lives lives, History history, Random random) {
        this.client = client;
        this.port = port;
        this.queue = queue;
        this.scope = scope;
        this.lives = lives;
        this.history = history;
        this.random = random;
    }

    /** Of a queue that others consume from, too, first deliveries keep their order only within one link. */
    NotingConsumer besideOthers() {
        alone = false;
        return this;
    }

    @Override
    public void run() {
        lives.each(life -> live(alone ? scope : scope + "/life-" + life));
    }

    private void live(String lifeScope) {
        leftLying = 0;
        try (var connection = client.connect("127.0.0.1", port, new ConnectionOptions().idleTimeout(0))) {
            var receiver = connection.openReceiver(queue, options());
            while (!lives.isOver()) {
                var delivery = receiver.receive(POLL_MILLIS, TimeUnit.MILLISECONDS);
                noteConfirmed();
                if (delivery != null) {
                    take(delivery, lifeScope);
                }
            }
        } catch (ClientException killed) {
            // The next life goes on from what the journal holds.
        }
        noteConfirmed();
        unconfirmed.clear();
    }

    private void take(Delivery delivery, String lifeScope) throws ClientException {
        var key = note(delivery, lifeScope);
        int dice = random.nextInt(100);
        if (dice < SETTLED_PERCENT || key == null) {
            delivery.accept();
        } else if (dice < SETTLED_PERCENT + LEFT_LYING_PERCENT && leftLying < LEFT_LYING_MAX) {
            leftLying++;
        } else {
            acceptAndAwait(delivery, key);
        }
    }

    private @Nullable MessageKey note(Delivery delivery, String lifeScope) throws ClientException {
        var key = delivery.message().body() instanceof byte[] body
                ? NumberedPayload.decode(body).orElse(null)
                : null;
        history.add(key == null ? new Event.Unreadable(lifeScope) : new Event.Delivered(key, lifeScope));
        return key;
    }

    private void acceptAndAwait(Delivery delivery, MessageKey key) throws ClientException {
        delivery.disposition(DeliveryState.accepted(), false);
        unconfirmed.add(new Accepted(key, delivery));
    }

    private void noteConfirmed() {
        try {
            while (!unconfirmed.isEmpty() && unconfirmed.element().delivery.remoteSettled()) {
                var confirmed = unconfirmed.remove();
                history.add(new Event.Settled(confirmed.key));
                confirmed.delivery.settle();
            }
        } catch (ClientException gone) {
            // The confirmation was noted; our own settle is a courtesy.
        }
    }

    /**
     * Empties the queue, and waits for each settlement to be confirmed. On the calling thread, when no other consumer is
     * there.
     *
     * @param quietMillis nothing more is expected when nothing has come for so long
     * @return how many messages came
     */
    int drain(int quietMillis, String lifeScope) throws ClientException {
        int taken = 0;
        try (var connection = client.connect("127.0.0.1", port, new ConnectionOptions().idleTimeout(0))) {
            Receiver receiver = connection.openReceiver(queue, options());
            for (var delivery = receiver.receive(quietMillis, TimeUnit.MILLISECONDS);
                    delivery != null || !unconfirmed.isEmpty();
                    delivery = receiver.receive(
                            unconfirmed.isEmpty() ? quietMillis : POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                if (delivery != null) {
                    taken++;
                    var key = note(delivery, lifeScope);
                    if (key == null) {
                        delivery.accept();
                    } else {
                        acceptAndAwait(delivery, key);
                    }
                }
                noteConfirmed();
            }
        }
        return taken;
    }

    private static ReceiverOptions options() {
        return new ReceiverOptions().autoAccept(false).autoSettle(false).creditWindow(CREDIT);
    }

    private record Accepted(MessageKey key, Delivery delivery) {}
}
