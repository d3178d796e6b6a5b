package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The link to the broker's transaction coordinator (AMQP 1.0 §4): keeps a transaction open at all times, declaring the
 * next in the same breath as it discharges the last. Owned by the connection's loop.
 */
final class TransactionController implements SendingLinkListener, AmqpProviderSession.SessionLink {
    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final AmqpProviderSession session;
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    private final ArrayDeque<Request> sent = new ArrayDeque<>();
    private @Nullable SendingLink link;
    private @Nullable TransactionId current;
    private @Nullable ProviderException ended;

    TransactionController(AmqpProviderSession session) {
        this.session = session;
    }

    /** The transaction to work in; null between two, and after the link was lost. */
    @Nullable
    TransactionId current() {
        return current;
    }

    /** Attaches, and ends {@code answer} when the first transaction is open. */
    void begin(CompletableFuture<ProviderSession> answer) {
        String name = session.provider().newLinkName("coordinator", "");
        link = session.attachSender(
                AmqpProvider.unsettled(AttachParameters.of(
                        name, Termini.senderSource(name), new Coordinator(List.of(Capability.LOCAL_TRANSACTIONS)))),
                this,
                this);
        waiting.add(new Request(TransactionRequests.declare(), false, failure -> {
            if (failure == null) {
                answer.complete(session);
            } else {
                session.abandon(failure);
            }
        }));
    }

    /** Ends the transaction, and {@code answer} when it is decided and the next one is open. */
    void discharge(boolean fail, CompletableFuture<Void> answer) {
        TransactionId last = current;
        if (last == null) {
            declareAnew(fail, answer);
            return;
        }
        current = null;
        Exchange exchange = new Exchange(answer);
        waiting.add(new Request(TransactionRequests.discharge(last, fail), !fail, exchange));
        waiting.add(new Request(TransactionRequests.declare(), false, exchange));
        sendWaiting();
    }

    /** The transaction was lost before it could be discharged: nothing of it remains, and a new one is needed. */
    private void declareAnew(boolean fail, CompletableFuture<Void> answer) {
        ProviderException cause = ended;
        if (cause != null) {
            answer.completeExceptionally(cause);
            return;
        }
        waiting.add(new Request(TransactionRequests.declare(), false, failure -> {
            if (failure != null) {
                answer.completeExceptionally(failure);
            } else if (fail) {
                AmqpReceiver.done(answer);
            } else {
                answer.completeExceptionally(
                        new ProviderException(Reason.TRANSACTION_ROLLED_BACK, "there was no transaction to commit"));
            }
        }));
        sendWaiting();
    }

    private void sendWaiting() {
        SendingLink open = link;
        while (open != null && !waiting.isEmpty() && open.credit() > 0) {
            Request next = waiting.remove();
            open.send(NO_HEAD, next.message, false, null).attach(next);
            sent.add(next);
        }
    }

    @Override
    public void onAttached(SendingLink opened) {
        sendWaiting();
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
        delivery.settle(state);
        if (delivery.attachment() instanceof Request request && sent.remove(request)) {
            if (state instanceof Declared declared) {
                current = declared.transactionId();
                request.end(null);
            } else if (state instanceof Outcome.Accepted) {
                request.end(null);
            } else {
                request.end(refusal(request, state));
            }
        }
    }

    private static ProviderException refusal(Request request, @Nullable DeliveryState state) {
        ErrorCondition error = state instanceof Outcome.Rejected rejected ? rejected.error() : null;
        return request.isCommit
                ? new ProviderException(
                        Reason.TRANSACTION_ROLLED_BACK,
                        "the broker rolled the transaction back"
                                + (error == null ? "" : ": " + AmqpFailures.words(error)))
                : AmqpFailures.of(error, "the transaction coordinator refused", Reason.BROKER_ERROR);
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

    /** A commit that is on its way may have happened; whatever was not sent has not. */
    private void end(ProviderException cause) {
        if (ended != null) {
            return;
        }
        ended = cause;
        current = null;
        for (Request request : List.copyOf(sent)) {
            request.end(
                    request.isCommit
                            ? new ProviderException(
                                    Reason.TRANSACTION_IN_DOUBT,
                                    "the answer to the commit was lost, so it may have happened: " + cause.getMessage(),
                                    cause)
                            : cause);
        }
        sent.clear();
        for (Request request : List.copyOf(waiting)) {
            request.end(
                    request.isCommit
                            ? new ProviderException(
                                    Reason.TRANSACTION_ROLLED_BACK,
                                    "the commit was never sent: " + cause.getMessage(),
                                    cause)
                            : cause);
        }
        waiting.clear();
    }

    /** Something asked of the coordinator. */
    private static final class Request {
        private final ByteBuffer message;
        private final boolean isCommit;
        private final Ending ending;

        private Request(ByteBuffer message, boolean isCommit, Ending ending) {
            this.message = message;
            this.isCommit = isCommit;
            this.ending = ending;
        }

        private void end(@Nullable ProviderException failure) {
            ending.end(failure);
        }
    }

    /** How a request ended: called once, with null when it was granted. */
    private interface Ending {
        void end(@Nullable ProviderException failure);
    }

    /** With the link: what it was to begin need not be begun. */
    private boolean isLost() {
        return ended != null;
    }

    /**
     * A discharge and the declare after it: ended when both are, by the first failure of the two. What was discharged stays so
     * when the link is lost before the next is declared.
     */
    private final class Exchange implements Ending {
        private final CompletableFuture<Void> answer;
        private @Nullable ProviderException failure;
        private boolean half;

        /** The discharge was granted. */
        private boolean decided;

        private Exchange(CompletableFuture<Void> answer) {
            this.answer = answer;
        }

        @Override
        public void end(@Nullable ProviderException cause) {
            if (failure == null) {
                failure = cause;
            }
            if (!half) {
                half = true;
                decided = cause == null;
            } else if (failure == null || (decided && isLost())) {
                AmqpReceiver.done(answer);
            } else {
                answer.completeExceptionally(failure);
            }
        }
    }
}
