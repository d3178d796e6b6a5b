package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A link on which answers of the management node go out, in the order in which they were given, each settled at once. Owned
 * by the connection's event loop; ends with its session.
 */
final class AnswerLink implements SendingLinkListener, BrokerSession.BrokerLink {
    /** The reply-to that stands for the link of the same name as the request's (link pairing). */
    static final String PAIRED = "$me";

    /** Answers that wait for credit. */
    private static final int WAITING_MAX = 1_000;

    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0);

    private final SendingLink link;
    private final BrokerSession session;
    private final @Nullable String targetAddress;
    private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();
    private boolean gone;

    /** @param targetAddress what requests name as their reply-to to be answered here */
    AnswerLink(SendingLink link, BrokerSession session, @Nullable String targetAddress) {
        this.link = link;
        this.session = session;
        this.targetAddress = targetAddress;
    }

    String name() {
        return link.name();
    }

    boolean isTargetedAt(String address) {
        return address.equals(targetAddress);
    }

    void send(ByteBuffer answer) {
        if (gone) {
            return;
        }
        if (waiting.size() == WAITING_MAX) {
            leave();
            link.close(AmqpError.RESOURCE_LIMIT_EXCEEDED.because(
                    WAITING_MAX + " answers wait for credit on this link; grant some"));
            return;
        }
        waiting.addLast(answer);
        onSendable(link);
    }

    @Override
    public void onAttached(SendingLink attached) {
        throw new IllegalStateException("this container attaches no links of its own");
    }

    @Override
    public void onSendable(SendingLink sendable) {
        while (!gone && !waiting.isEmpty() && link.credit() > 0) {
            link.send(NO_HEAD, waiting.removeFirst(), true, null);
        }
        if (!gone && waiting.isEmpty() && link.isDraining()) {
            link.drained();
        }
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        // They are settled when they are sent.
    }

    @Override
    public void onDetached(SendingLink detached, boolean closed, @Nullable ErrorCondition error) {
        leave();
    }

    @Override
    public void onSessionGone() {
        leave();
    }

    private void leave() {
        gone = true;
        waiting.clear();
        session.remove(this);
    }
}
