package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A link to the broker's transaction coordinator (AMQP 1.0 §4.1), and what is asked there: in order, as far as there is
 * credit. Owned by the connection's loop.
 */
final class CoordinatorQuestions implements SendingLinkListener, AmqpProviderSession.SessionLink {
    private static final int HEARD_MAX = 10;
    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** Something asked of the coordinator. One of its methods is called, once. */
    interface Question {
        /** The coordinator has said what becomes of it; null when it settled without a word. */
        void onAnswer(@Nullable DeliveryState state);

        /** The link ended before the answer came: it may have happened. */
        void onAnswerLost(ProviderException cause);

        /** It was not sent, and will not be. */
        void onNeverSent(ProviderException cause);
    }

    /** What becomes of the link. */
    interface Listener {
        /** The broker has such a coordinator, which may lack something that was asked for. */
        void onAttached(Coordinator theirs);

        /** The link has ended; called before the questions hear it. */
        void onEnded(ProviderException cause);
    }

    private static final class Asked {
        private final ByteBuffer message;
        private final Question question;

        private Asked(ByteBuffer message, Question question) {
            this.message = message;
            this.question = question;
        }
    }

    private final AmqpProviderSession session;
    private final Listener listener;
    private final SendingLink link;
    private final ArrayDeque<Asked> waiting = new ArrayDeque<>();
    private final ArrayDeque<Asked> sent = new ArrayDeque<>();

    /** Answered by a coordinator that waits for us to settle first (AMQP 1.0 §2.6.12). */
    private final ArrayList<OutgoingDelivery> heard = new ArrayList<>(HEARD_MAX);

    private boolean ended;

    /** Attaches a link. */
    CoordinatorQuestions(AmqpProviderSession session, List<Symbol> capabilities, Listener listener) {
        this.session = session;
        this.listener = listener;
        String name = session.provider().newLinkName("coordinator", "");
        link = session.attachSender(
                AmqpProvider.unsettled(
                        AttachParameters.of(name, Termini.senderSource(name), new Coordinator(capabilities))),
                this,
                this);
    }

    void ask(ByteBuffer message, Question question) {
        waiting.add(new Asked(message, question));
        sendWaiting();
    }

    private void sendWaiting() {
        while (!waiting.isEmpty() && link.credit() > 0) {
            Asked next = waiting.remove();
            link.send(NO_HEAD, next.message, false, null).attach(next);
            sent.add(next);
        }
    }

    /** What was not sent will not be. */
    void refuseWaiting(ProviderException cause) {
        List<Asked> refused = List.copyOf(waiting);
        waiting.clear();
        refused.forEach(asked -> asked.question.onNeverSent(cause));
    }

    @Override
    public void onAttached(SendingLink opened) {
        AttachParameters remote = opened.remoteAttach();
        // Without a target it is refused: the detach that follows says why (AMQP 1.0 §2.6.3).
        if (remote != null && remote.target() != null) {
            listener.onAttached(
                    remote.target() instanceof Coordinator coordinator ? coordinator : new Coordinator(List.of()));
            sendWaiting();
        }
    }

    @Override
    public void onSendable(SendingLink open) {
        sendWaiting();
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        DeliveryState state = delivery.remoteState();
        if (state == null && !delivery.isRemotelySettled()) {
            return;
        }
        if (delivery.isRemotelySettled()) {
            delivery.settle(state);
        } else {
            heard.add(delivery);
        }
        if (delivery.attachment() instanceof Asked asked && sent.remove(asked)) {
            asked.question.onAnswer(state);
        }
        if (sent.isEmpty() || heard.size() == HEARD_MAX) {
            settleHeard();
        }
    }

    /** All at once, so that a coordinator which waits for our word is told in one go what we know. */
    private void settleHeard() {
        heard.forEach(delivery -> delivery.settle(delivery.remoteState()));
        heard.clear();
    }

    @Override
    public void onDetached(SendingLink closed, boolean wasClosed, @Nullable ErrorCondition error) {
        session.remove(this);
        end(AmqpFailures.of(error, "the broker closed the link to its transaction coordinator", Reason.NOT_SUPPORTED));
    }

    @Override
    public void onSessionEnded(ProviderException cause, boolean byBroker) {
        end(cause);
    }

    private void end(ProviderException cause) {
        if (ended) {
            return;
        }
        ended = true;
        listener.onEnded(cause);
        List<Asked> unanswered = List.copyOf(sent);
        sent.clear();
        unanswered.forEach(asked -> asked.question.onAnswerLost(cause));
        refuseWaiting(cause);
    }
}
