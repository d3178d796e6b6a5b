package dev.godwit.distribution.client;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sends copies of a message, each under its own id, and waits until every one is accepted. Owned by its event loop. */
public final class MessageSender implements SendingLinkListener {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final String address;
    private final AmqpMessage message;
    private final long count;
    private final CompletableFuture<Long> accepted;
    private long sent;
    private long settled;

    private MessageSender(String address, AmqpMessage message, long count, CompletableFuture<Long> accepted) {
        this.address = address;
        this.message = message;
        this.count = count;
        this.accepted = accepted;
    }

    /** Begins; {@code accepted} gets the count when all are accepted, or a {@link ClientFailedException}. */
    public static void start(
            Session session, String address, AmqpMessage message, long count, CompletableFuture<Long> accepted) {
        var target = Target.at(address).withCapabilities(List.of(Capability.QUEUE));
        session.attachSender(
                AttachParameters.of("sender-" + UUID.randomUUID(), Source.at(null), target)
                        .withSettleModes(SenderSettleMode.UNSETTLED, ReceiverSettleMode.FIRST),
                new MessageSender(address, message, count, accepted));
    }

    @Override
    public void onAttached(SendingLink link) {
        send(link);
    }

    @Override
    public void onSendable(SendingLink link) {
        send(link);
    }

    private void send(SendingLink link) {
        while (sent < count && link.credit() > 0 && link.isWritable()) {
            sent++;
            link.send(NOTHING, next(), false, null);
        }
    }

    private ByteBuffer next() {
        var properties = MessageProperties.builder()
                .messageId(UUID.randomUUID())
                .to(address)
                .creationTime(Instant.now())
                .build();
        return message.toBuilder().properties(properties).build().encode();
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        DeliveryState state = delivery.remoteState();
        if (!(state instanceof Outcome) && !delivery.isRemotelySettled()) {
            return;
        }
        delivery.settle(null);
        if (!(state instanceof Outcome.Accepted)) {
            refused("the broker refused message " + (settled + 1) + ": " + reason(state));
            return;
        }
        settled++;
        if (settled == count) {
            accepted.complete(count);
        } else {
            send(delivery.link());
        }
    }

    private static String reason(@Nullable DeliveryState state) {
        return state instanceof Outcome.Rejected rejected
                ? ClientConnection.text(rejected.error())
                : state == null
                        ? "settled without an outcome"
                        : state.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    @Override
    public void onDetached(SendingLink link, boolean closed, @Nullable ErrorCondition error) {
        refused("the broker refuses to take messages for " + address + ": " + ClientConnection.text(error));
    }

    private void refused(String reason) {
        accepted.completeExceptionally(new ClientFailedException(ClientFailedException.Kind.REFUSED, reason));
    }
}
