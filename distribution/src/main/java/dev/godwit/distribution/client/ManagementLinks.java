package dev.godwit.distribution.client;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the management node of a broker, over a pair of links of one name (docs/management.md). Owned by its event loop; lives
 * as long as the session.
 */
final class ManagementLinks {
    private static final String NODE = "$management";
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int OK = 200;
    private static final int OK_MAX = 299;
    private static final int UNAVAILABLE = 503;

    private final Consumer<AmqpMessage> answered;
    private final Consumer<ClientFailedException> failed;
    private final ArrayDeque<ByteBuffer> requests = new ArrayDeque<>();
    private @Nullable SendingLink sender;
    private boolean listening;

    private ManagementLinks(Consumer<AmqpMessage> answered, Consumer<ClientFailedException> failed) {
        this.answered = answered;
        this.failed = failed;
    }

    /**
     * Attaches them.
     *
     * @param answered told each answer that is no refusal
     * @param failed told when a request is refused, or the node cannot be asked
     */
    static ManagementLinks attach(
            Session session, Consumer<AmqpMessage> answered, Consumer<ClientFailedException> failed) {
        var links = new ManagementLinks(answered, failed);
        var name = "management-" + UUID.randomUUID();
        session.attachReceiver(AttachParameters.of(name, Source.at(NODE), Target.at(null)), links.new Answers());
        session.attachSender(
                AttachParameters.of(name, Source.at(null), Target.at(NODE))
                        .withSettleModes(SenderSettleMode.UNSETTLED, ReceiverSettleMode.FIRST),
                links.new Requests());
        return links;
    }

    /** Sends a request without a body as soon as that is possible. */
    void ask(Map<String, Object> applicationProperties) {
        var request = AmqpMessage.builder(MessageBody.Value.NULL)
                .properties(
                        MessageProperties.builder().messageId(UUID.randomUUID()).build());
        applicationProperties.forEach(request::applicationProperty);
        requests.add(request.build().encode());
        send();
    }

    private void send() {
        while (listening && sender != null && sender.credit() > 0 && sender.isWritable() && !requests.isEmpty()) {
            sender.send(NOTHING, requests.remove(), false, null);
        }
    }

    private void onAnswer(AmqpMessage answer) {
        var properties = answer.applicationProperties();
        int status = properties.get("statusCode") instanceof Integer code ? code : 0;
        if (status < OK || status > OK_MAX) {
            failed.accept(new ClientFailedException(
                    status == UNAVAILABLE ? ClientFailedException.Kind.NOT_NOW : ClientFailedException.Kind.REFUSED,
                    "the broker refuses: " + properties.get("statusDescription") + " (" + status + ")"));
        } else {
            answered.accept(answer);
        }
    }

    private void refuse(String reason) {
        failed.accept(new ClientFailedException(ClientFailedException.Kind.REFUSED, reason));
    }

    private void refuseNode(@Nullable ErrorCondition error) {
        refuse("the broker does not let itself be managed: " + ClientConnection.text(error));
    }

    private final class Requests implements SendingLinkListener {
        @Override
        public void onAttached(SendingLink link) {
            sender = link;
            send();
        }

        @Override
        public void onSendable(SendingLink link) {
            send();
        }

        @Override
        public void onDisposition(OutgoingDelivery delivery) {
            DeliveryState state = delivery.remoteState();
            if (!(state instanceof Outcome) && !delivery.isRemotelySettled()) {
                return;
            }
            delivery.settle(null);
            if (state instanceof Outcome.Rejected rejected) {
                refuseNode(rejected.error());
            }
        }

        @Override
        public void onDetached(SendingLink link, boolean closed, @Nullable ErrorCondition error) {
            refuseNode(error);
        }
    }

    private final class Answers implements SettlingListener {
        @Override
        public void onAttached(ReceivingLink link) {
            link.addCredit(1);
            listening = true;
            send();
        }

        @Override
        public void onDelivery(IncomingDelivery delivery) {
            delivery.settle(Outcome.Accepted.INSTANCE);
            delivery.link().addCredit(1);
            try {
                onAnswer(AmqpMessage.decode(delivery.message()));
            } catch (AmqpDecodeException malformed) {
                refuse("the broker sent what is not a message: " + malformed.getMessage());
            }
        }

        @Override
        public void onDetached(ReceivingLink link, boolean closed, @Nullable ErrorCondition error) {
            refuseNode(error);
        }
    }
}
