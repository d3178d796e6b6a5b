package dev.godwit.distribution.client;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a number of messages, or all there are, and accepts each after it has been shown. It never holds credit for more
 * than it was asked to take. Owned by its event loop.
 */
public final class MessageReceiver implements SettlingListener {
    private static final int CREDIT_MAX = 100;

    private final String address;
    private final long countMax;
    private final long timeoutMillis;
    private final Consumer<AmqpMessage> shown;
    private final CompletableFuture<Long> received;
    private long count;
    private long credited;
    private long timer;

    private MessageReceiver(
            String address,
            long countMax,
            Duration timeout,
            Consumer<AmqpMessage> shown,
            CompletableFuture<Long> received) {
        this.address = address;
        this.countMax = countMax;
        this.timeoutMillis = Math.max(1, timeout.toMillis());
        this.shown = shown;
        this.received = received;
    }

    /**
     * Begins.
     *
     * @param countMax ends after so many messages
     * @param timeout ends when none came for so long
     * @param received gets the number of messages at the end, or a {@link ClientFailedException}
     */
    public static void start(
            Session session,
            String address,
            long countMax,
            Duration timeout,
            Consumer<AmqpMessage> shown,
            CompletableFuture<Long> received) {
        var source = Source.at(address).withCapabilities(List.of(Capability.QUEUE));
        session.attachReceiver(
                AttachParameters.of("receiver-" + UUID.randomUUID(), source, Target.at(null)),
                new MessageReceiver(address, countMax, timeout, shown, received));
    }

    @Override
    public void onAttached(ReceivingLink link) {
        grant(link);
        restartTimer();
    }

    private void grant(ReceivingLink link) {
        int more = (int) Math.min(CREDIT_MAX - (credited - count), countMax - credited);
        if (more > 0) {
            credited += more;
            link.addCredit(more);
        }
    }

    private void restartTimer() {
        Vertx vertx = Vertx.currentContext().owner();
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(timeoutMillis, fired -> received.complete(count));
    }

    @Override
    public void onDelivery(IncomingDelivery delivery) {
        if (received.isDone()) {
            return; // not accepted, so it stays the broker's
        }
        try {
            shown.accept(AmqpMessage.decode(delivery.message()));
        } catch (AmqpDecodeException malformed) {
            refused("the broker sent what is not a message: " + malformed.getMessage());
            return;
        }
        delivery.settle(Outcome.Accepted.INSTANCE);
        count++;
        if (count == countMax) {
            received.complete(count);
        } else {
            grant(delivery.link());
            restartTimer();
        }
    }

    @Override
    public void onDetached(ReceivingLink link, boolean closed, @Nullable ErrorCondition error) {
        refused("the broker refuses to hand out messages of " + address + ": " + ClientConnection.text(error));
    }

    private void refused(String reason) {
        received.completeExceptionally(new ClientFailedException(ClientFailedException.Kind.REFUSED, reason));
    }
}
