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
import dev.godwit.jms.provider.ProviderSession;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The link to the broker's transaction coordinator (AMQP 1.0 §4) of a session whose transactions somebody else coordinates.
 * Where the broker has no such coordinator the session is there all the same, and can begin none. Owned by the connection's
 * loop.
 */
final class GlobalController implements SendingLinkListener, AmqpProviderSession.SessionLink {
    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final AmqpProviderSession session;
    private final ArrayDeque<Request<?>> waiting = new ArrayDeque<>();
    private final ArrayDeque<Request<?>> sent = new ArrayDeque<>();
    private @Nullable SendingLink link;
    private @Nullable CompletableFuture<ProviderSession> begun;
    private @Nullable TransactionId current;

    /** The link was lost with the transaction to work in: until another is entered, or none, nothing may be done. */
    private boolean isLost;

    /** Why nothing can be asked; null when it can. */
    private @Nullable ProviderException objection;

    GlobalController(AmqpProviderSession session) {
        this.session = session;
    }

    /** The transaction to work in; null for none. */
    @Nullable
    TransactionId current() {
        return current;
    }

    /** Attaches, and ends {@code answer} when it is known what the coordinator can. */
    void begin(CompletableFuture<ProviderSession> answer) {
        begun = answer;
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
        }
        complete();
    }

    private void complete() {
        CompletableFuture<ProviderSession> answer = begun;
        begun = null;
        if (answer != null) {
            answer.complete(session);
        }
    }

    void declare(byte[] globalId, CompletableFuture<GlobalTransaction> answer) {
        ask(new Request<>(
                TransactionRequests.declare(GlobalTransactionId.of(globalId).bytes()),
                false,
                answer,
                (request, state) -> {
                    if (state instanceof Declared declared) {
                        current = declared.transactionId();
                        request.answer.complete(new Declaration(declared.transactionId()));
                    } else {
                        request.refuse(state);
                    }
                }));
    }

    /** Whether what is sent and settled now would miss the transaction that it belongs to. */
    boolean isLost() {
        return isLost;
    }

    void enter(@Nullable GlobalTransaction transaction) {
        isLost = false;
        current = transaction instanceof Declaration declaration ? declaration.id : null;
    }

    void decide(byte[] globalId, boolean commit, CompletableFuture<Void> answer) {
        ask(new Request<>(
                TransactionRequests.decide(GlobalTransactionId.of(globalId), !commit), false, answer, Request::accept));
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
        sendWaiting();
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
        complete();
    }

    @Override
    public void onSessionEnded(ProviderException cause, boolean byBroker) {
        end(cause);
    }

    private void end(ProviderException cause) {
        objection = cause;
        isLost = current != null;
        current = null;
        List.copyOf(sent).forEach(request -> request.lose(cause));
        sent.clear();
        List.copyOf(waiting).forEach(request -> request.answer.completeExceptionally(cause));
        waiting.clear();
    }

    /** A transaction that was declared on this link. */
    private final class Declaration implements GlobalTransaction {
        private final TransactionId id;

        private Declaration(TransactionId id) {
            this.id = id;
        }

        @Override
        public CompletableFuture<Boolean> prepare() {
            return session.ask(answer ->
                    ask(new Request<Boolean>(TransactionRequests.prepare(id), false, answer, (request, state) -> {
                        if (state instanceof Outcome.Accepted || state instanceof Outcome.Released) {
                            request.answer.complete(state instanceof Outcome.Accepted);
                        } else {
                            request.refuse(state);
                        }
                    })));
        }

        @Override
        public CompletableFuture<Void> discharge(boolean commit) {
            return session.ask(answer ->
                    ask(new Request<>(TransactionRequests.discharge(id, !commit), commit, answer, Request::accept)));
        }
    }

    /** What becomes of the coordinator's answer. */
    private interface Reading<T> {
        void read(Request<T> request, @Nullable DeliveryState state);
    }

    /** Something asked of the coordinator. */
    private static final class Request<T> {
        private final ByteBuffer message;
        private final boolean isCommit;
        private final CompletableFuture<T> answer;
        private final Reading<T> reading;

        private Request(ByteBuffer message, boolean isCommit, CompletableFuture<T> answer, Reading<T> reading) {
            this.message = message;
            this.isCommit = isCommit;
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

        /** A commit that is on its way may have happened. */
        private void lose(ProviderException cause) {
            answer.completeExceptionally(
                    isCommit
                            ? new ProviderException(
                                    Reason.TRANSACTION_IN_DOUBT,
                                    "the answer to the commit was lost, so it may have happened: " + cause.getMessage(),
                                    cause)
                            : cause);
        }
    }
}
