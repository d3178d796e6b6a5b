package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a session whose transactions somebody else coordinates has to do with them: the one that its work belongs to, and its
 * link to the broker's transaction coordinator (AMQP 1.0 §4). The link is there from the first question on; where the broker
 * has no such coordinator, the questions fail. Owned by the connection's loop.
 */
final class GlobalController implements CoordinatorQuestions.Listener {
    private final AmqpProviderSession session;

    /** The link; null before the first question, and when it was lost. */
    private @Nullable CoordinatorQuestions link;

    /** In which the session works, begun on this link or on another one; null for none. */
    private @Nullable Declaration entered;

    /** Why nothing can be asked of this broker; null when it can. */
    private @Nullable ProviderException objection;

    /** Whether the broker says later what became of a transaction. On the loop it changes, any thread may look. */
    private volatile boolean keepsOutcomes;

    GlobalController(AmqpProviderSession session) {
        this.session = session;
    }

    /** The transaction to work in; null for none. */
    @Nullable
    EnclosingTransaction current() {
        return entered;
    }

    /** Whether the transaction to work in is over: until another is entered, or none, nothing may be done. */
    boolean isLost() {
        return entered != null && entered.isOver();
    }

    void enter(@Nullable GlobalTransaction transaction) {
        entered = transaction instanceof Declaration declaration ? declaration : null;
    }

    @Override
    public void onAttached(Coordinator theirs) {
        keepsOutcomes = theirs.capabilities().contains(Capability.TRANSACTION_OUTCOMES);
        if (!theirs.capabilities().contains(Capability.PREPARED_TRANSACTIONS)) {
            objection = new ProviderException(
                    Reason.NOT_SUPPORTED,
                    "the broker takes no part in global transactions: its coordinator does not offer "
                            + Capability.PREPARED_TRANSACTIONS);
            CoordinatorQuestions asked = link;
            if (asked != null) {
                asked.refuseWaiting(objection);
            }
        }
    }

    /** What was declared on the link is over. */
    @Override
    public void onEnded(ProviderException cause) {
        link = null;
    }

    void declare(byte[] globalId, CompletableFuture<GlobalTransaction> answer) {
        ask(
                TransactionRequests.declare(GlobalTransactionId.of(globalId).bytes()),
                new Request<>(false, answer, (request, state) -> {
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
        ask(
                TransactionRequests.decide(GlobalTransactionId.of(globalId), !commit),
                new Request<>(true, answer, Request::accept));
    }

    void next(byte @Nullable [] after, CompletableFuture<Optional<byte[]>> answer) {
        ByteBuffer message = TransactionRequests.recover(after == null ? null : GlobalTransactionId.of(after));
        ask(message, new Request<>(false, answer, (request, state) -> {
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

    private void ask(ByteBuffer message, CoordinatorQuestions.Question request) {
        ProviderException cause = objection;
        if (cause != null) {
            request.onNeverSent(cause);
            return;
        }
        CoordinatorQuestions there = link;
        if (there == null) {
            there = new CoordinatorQuestions(session, capabilities(), this);
            link = there;
        }
        there.ask(message, request);
    }

    /** Who does not come again asks nothing later. */
    private List<Symbol> capabilities() {
        return session.provider().reconnects()
                ? List.of(
                        Capability.LOCAL_TRANSACTIONS,
                        Capability.PREPARED_TRANSACTIONS,
                        Capability.TRANSACTION_OUTCOMES)
                : List.of(Capability.LOCAL_TRANSACTIONS, Capability.PREPARED_TRANSACTIONS);
    }

    void inquire(TransactionName name, long ageMillis, CompletableFuture<TransactionFate> answer) {
        ask(OutcomeQuestion.message(name, ageMillis), new OutcomeQuestion(answer));
    }

    /** By what it can be asked for later; null when it cannot. */
    static @Nullable TransactionName nameOf(GlobalTransaction transaction) {
        return transaction instanceof Declaration declaration && declaration.isKept()
                ? OutcomeQuestion.name(declaration.id())
                : null;
    }

    /** A transaction that was declared on this link. */
    private final class Declaration extends EnclosingTransaction implements GlobalTransaction {
        private final @Nullable CoordinatorQuestions declaredOn;
        private boolean isEnding;

        private Declaration(TransactionId id, @Nullable CoordinatorQuestions declaredOn) {
            super(id);
            this.declaredOn = declaredOn;
        }

        /** Whether the broker says later what became of it. */
        private boolean isKept() {
            return keepsOutcomes;
        }

        @Override
        boolean isOver() {
            return isEnding || link != declaredOn;
        }

        @Override
        public CompletableFuture<Boolean> prepare() {
            return session.ask(answer -> {
                isEnding = true;
                ask(TransactionRequests.prepare(id()), new Request<Boolean>(true, answer, (request, state) -> {
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
            ask(TransactionRequests.discharge(id(), !commit), new Request<>(commit, answer, Request::accept));
        }
    }

    /** What becomes of the coordinator's answer. */
    private interface Reading<T> {
        void read(Request<T> request, @Nullable DeliveryState state);
    }

    /** Something asked of the coordinator. */
    private static final class Request<T> implements CoordinatorQuestions.Question {
        private final boolean mayHappen;
        private final CompletableFuture<T> answer;
        private final Reading<T> reading;

        /** @param mayHappen whether it matters that it may have happened although the answer was lost */
        private Request(boolean mayHappen, CompletableFuture<T> answer, Reading<T> reading) {
            this.mayHappen = mayHappen;
            this.answer = answer;
            this.reading = reading;
        }

        @Override
        public void onAnswer(@Nullable DeliveryState state) {
            reading.read(this, state);
        }

        private static void accept(Request<Void> request, @Nullable DeliveryState state) {
            if (state instanceof Outcome.Accepted) {
                Answered.done(request.answer);
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

        @Override
        public void onNeverSent(ProviderException cause) {
            answer.completeExceptionally(cause);
        }

        @Override
        public void onAnswerLost(ProviderException cause) {
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
