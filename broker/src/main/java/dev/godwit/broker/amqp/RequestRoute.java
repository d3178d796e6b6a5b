package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.address.RequestNode;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A producer link whose messages are requests. Each is settled when it has been answered, and makes room for another when
 * that answer has gone: so the link's credit bounds how many requests and answers there are. The answer goes to the link that is paired with this one, to a link of this connection whose target is
 * the reply-to, or to the node at that address. Owned by the link's loop.
 */
final class RequestRoute implements Route {
    private static final Logger log = LoggerFactory.getLogger(RequestRoute.class);

    private final RequestNode node;
    private final BrokerConnection connection;
    private final BrokerSession session;
    private final String linkName;
    private final RelayRoute relay;
    private final MessageReader reader = new MessageReader();

    /** Answers that are here, and have not gone. */
    private int answersNotTaken;

    RequestRoute(RequestNode node, BrokerSession session, String linkName) {
        this.node = node;
        this.session = session;
        this.connection = session.connection();
        this.linkName = linkName;
        this.relay = new RelayRoute(connection);
    }

    @Override
    public void pass(Message request, RouteReply reply) {
        var replyTo = request.replyTo();
        node.onRequest(request, connection, connection.owner(), answer -> {
            var onGone = reply.onSafeAndHeld();
            answersNotTaken++;
            send(answer, replyTo, () -> {
                answersNotTaken--;
                onGone.run();
            });
        });
    }

    @Override
    public boolean leadsTo(String name) {
        return ManagementAddress.is(name);
    }

    @Override
    public @Nullable CreditReason obstacle(String name) {
        return answersNotTaken > 0 ? CreditReason.ANSWERS_NOT_TAKEN : null;
    }

    @Override
    public void find(Message head, DoorReply reply) {
        reply.onUnroutable(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("a request may not be so large"));
    }

    private void send(ByteBuffer answer, @Nullable String replyTo, Runnable onGone) {
        var link = session.answerLink(linkName);
        if (replyTo != null && !AnswerLink.PAIRED.equals(replyTo)) {
            link = connection.answerLinkTo(replyTo);
        }
        if (link != null) {
            link.send(answer, onGone);
        } else if (replyTo != null) {
            relay.pass(reader.read(answer, Clock.SYSTEM.nowMillis()), new Relayed(onGone));
        } else {
            onGone.run();
        }
    }

    /** Nobody is told of an answer that cannot be delivered but the log. */
    private record Relayed(Runnable onGone) implements RouteReply {
        @Override
        public void onUnroutable(ErrorCondition error) {
            log.info("an answer of the management node has no way to its reply-to: {}", error.description());
            onGone.run();
        }

        @Override
        public void onSafe() {
            onGone.run();
        }

        @Override
        public void onRefused() {
            log.info("an answer of the management node was not taken at its reply-to");
            onGone.run();
        }

        @Override
        public void onInDoubt() {
            onGone.run();
        }
    }
}
