package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a session whose transactions somebody else coordinates has to do with them: the one that its work belongs to, and its
 * link to the broker's transaction coordinator (AMQP 1.0 §4). The link is there from the first question on; where the broker
 * has no such coordinator, the questions fail. Owned by the connection's loop.
 */
final class GlobalController implements SendingLinkListener, AmqpProviderSession.SessionLink {
    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final AmqpProviderSession session;
    private final ArrayDeque<Request<?>> waiting = new ArrayDeque<>();
    private final ArrayDeque<Request<?>> sent = new ArrayDeque<>();

    /** Null before the first question, and when it was lost. */
    private @Nullable SendingLink link;

    /** In which the session works, begun on this link or on another one; null for none. */
    private @Nullable Declaration entered;

    /** Why nothing can be asked of this broker; null when it can. */
    private @Nullable ProviderException objection;

    GlobalController(AmqpProviderSession session) {
        this.session = session;
    }

    /** The transaction to work in; null for none. */
    @Nullable
    TransactionId current() {
        Declaration in = entered;
        return in == null ? null : in.id;
    }

    /** Whether the transaction to work in is over: until another is entered, or none, nothing may be done. */
    boolean isLost() {
        return entered != null && entered.isOver();
    }

    void enter(@Nullable GlobalTransaction transaction) {
        entered = transaction instanceof Declaration declaration ? declaration : null;
    }

    private void attach() {
        String name = session.provider().newLinkName("coordinator", "");
        link = session.attachSender(
                AmqpProvider.unsettled(AttachParameters.of(
                        name,
                        Termini.senderSource(name),
                        new Coordinator(List.of(Capability.LOCAL_TRANSACTIONS, Capability.PREPARED_TRANSACTIONS)))),
                this,
                this);
    }

    @Override
    public void onAttached(SendingLink opened) {
        AttachParameters remote = opened.remoteAttach();
        if (remote == null || remote.target() == null) {
            // Refused: the detach that follows says why (AMQP 1.0 §2.6.3).
            return;
        }
        boolean offered = remote.target() instanceof Coordinator coordinator
                && coordinator.capabilities().contains(Capability.PREPARED_TRANSACTIONS);
        if (!offered) {
            objection = new ProviderException(
                    Reason.NOT_SUPPORTED,
                    "the broker takes no part in global transactions: its coordinator does not offer "
                            + Capability.PREPARED_TRANSACTIONS);
            refuseWaiting(objection);
        }
    }

    void declare(byte[] globalId, CompletableFuture<GlobalTransaction> answer) {
        ask(new Request<>(
                TransactionRequests.declare(GlobalTransactionId.of(globalId).bytes()),
                false,
                answer,
                (request, state) -> {
                    if (!(state instanceof Declared declared)) {
                        request.refuse(state);
                        return;
                    }
                    Declaration begun = new Declaration(declared.transactionId(), link);
                    if (!request.answer.complete(begun)) {
                        // Nobody waits for it any more, so nobody would end it.
                        begun.discharge(false, new CompletableFuture<>());
                    }
                }));
    }

    void decide(byte[] globalId, boolean commit, CompletableFuture<Void> answer) {
        ask(new Request<>(
                TransactionRequests.decide(GlobalTransactionId.of(globalId), !commit), true, answer, Request::accept));
    }

    void next(byte @Nullable [] after, CompletableFuture<Optional<byte[]>> answer) {
        ByteBuffer message = TransactionRequests.recover(after == null ? null : GlobalTransactionId.of(after));
        ask(new Request<>(message, false, answer, (request, state) -> {
            if (state instanceof Outcome.Modified modified) {
                GlobalTransactionId found =
                        GlobalTransactionId.ofWire(modified.messageAnnotations().get(TransactionRequests.RECOVERED));
                request.answer.complete(
                        Optional.ofNullable(found).map(id -> id.bytes().toByteArray()));
            } else if (state instanceof Outcome.Accepted) {
                request.answer.complete(Optional.empty());
            } else {
                request.refuse(state);
            }
        }));
    }

    private void ask(Request<?> request) {
        ProviderException cause = objection;
        if (cause != null) {
            request.answer.completeExceptionally(cause);
            return;
        }
        waiting.add(request);
        if (link == null) {
            attach();
        } else {
            sendWaiting();
        }
    }

    private void sendWaiting() {
        SendingLink open = link;
        while (open != null && !waiting.isEmpty() && open.credit() > 0) {
            Request<?> next = waiting.remove();
            open.send(NO_HEAD, next.message, false, null).attach(next);
            sent.add(next);
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
        delivery.settle(state);
        if (delivery.attachment() instanceof Request<?> request && sent.remove(request)) {
            request.end(state);
        }
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

    /** What was declared on the link is over. */
    private void end(ProviderException cause) {
        link = null;
        List.copyOf(sent).forEach(request -> request.lose(cause));
        sent.clear();
        refuseWaiting(cause);
    }

    private void refuseWaiting(ProviderException cause) {
        List.copyOf(waiting).forEach(request -> request.answer.completeExceptionally(cause));
        waiting.clear();
    }

    /** A transaction that was declared on this link. */
    private final class Declaration implements GlobalTransaction {
        private final TransactionId id;
        private final @Nullable SendingLink declaredOn;
        private boolean isEnding;

        private Declaration(TransactionId id, @Nullable SendingLink declaredOn) {
            this.id = id;
            this.declaredOn = declaredOn;
        }

        /** Whether nothing can be done in it any more. */
        private boolean isOver() {
            return isEnding || link != declaredOn;
        }

        @Override
        public CompletableFuture<Boolean> prepare() {
            return session.ask(answer -> {
                isEnding = true;
                ask(new Request<Boolean>(TransactionRequests.prepare(id), true, answer, (request, state) -> {
                    if (state instanceof Outcome.Accepted || state instanceof Outcome.Released) {
                        request.answer.complete(state instanceof Outcome.Accepted);
                    } else {
                        request.refuse(state);
                    }
                }));
            });
        }

        @Override
        public CompletableFuture<Void> discharge(boolean commit) {
            return session.ask(answer -> discharge(commit, answer));
        }

        private void discharge(boolean commit, CompletableFuture<Void> answer) {
            isEnding = true;
            ask(new Request<>(TransactionRequests.discharge(id, !commit), commit, answer, Request::accept));
        }
    }

    /** What becomes of the coordinator's answer. */
    private interface Reading<T> {
        void read(Request<T> request, @Nullable DeliveryState state);
    }

    /** Something asked of the coordinator. */
    private static final class Request<T> {
        private final ByteBuffer message;
        private final boolean mayHappen;
        private final CompletableFuture<T> answer;
        private final Reading<T> reading;

        /** @param mayHappen whether it matters that it may have happened although the answer was lost */
        private Request(ByteBuffer message, boolean mayHappen, CompletableFuture<T> answer, Reading<T> reading) {
            this.message = message;
            this.mayHappen = mayHappen;
            this.answer = answer;
            this.reading = reading;
        }

        private void end(@Nullable DeliveryState state) {
            reading.read(this, state);
        }

        private static void accept(Request<Void> request, @Nullable DeliveryState state) {
            if (state instanceof Outcome.Accepted) {
                AmqpReceiver.done(request.answer);
            } else {
                request.refuse(state);
            }
        }

        private void refuse(@Nullable DeliveryState state) {
            ErrorCondition error = state instanceof Outcome.Rejected rejected ? rejected.error() : null;
            boolean isUnknown = error != null && AmqpError.UNKNOWN_TRANSACTION.is(error);
            answer.completeExceptionally(
                    error != null && isUnknown
                            ? new ProviderException(Reason.TRANSACTION_UNKNOWN, AmqpFailures.words(error))
                            : AmqpFailures.of(error, "the transaction coordinator refused", Reason.BROKER_ERROR));
        }

        /** The end of a link answers nothing that was on its way: that may have happened. */
        private void lose(ProviderException cause) {
            answer.completeExceptionally(
                    mayHappen
                            ? new ProviderException(
                                    Reason.TRANSACTION_IN_DOUBT,
                                    "the coordinator's answer was lost, so it may have happened: " + cause.getMessage(),
                                    cause)
                            : cause);
        }
    }
}
