package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The link to the broker's transaction coordinator (AMQP 1.0 §4): keeps a transaction open at all times, declaring the
 * next in the same breath as it discharges the last. Owned by the connection's loop.
 */
final class TransactionController implements CoordinatorQuestions.Listener {
    private final AmqpProviderSession session;
    private @Nullable CoordinatorQuestions questions;
    private @Nullable Open current;
    private @Nullable ProviderException ended;

    /** Why the broker has not begun the next transaction after the last; null when it has. */
    private @Nullable ProviderException refusal;

    /** Whether something was to be done while there was no transaction to do it in. */
    private boolean missed;

    /** Whether the broker says later what became of a transaction. */
    private boolean keepsOutcomes;

    TransactionController(AmqpProviderSession session) {
        this.session = session;
    }

    /** The transaction to work in; null between two, after the broker has refused the next, and after the link was lost. */
    @Nullable
    EnclosingTransaction current() {
        return current;
    }

    /** Why what is to be done now finds no transaction to do it in; null when it does. It is not done then, and a commit says so. */
    @Nullable
    ProviderException missing() {
        if (current != null) {
            return null;
        }
        missed = true;
        return none();
    }

    private ProviderException none() {
        ProviderException cause = refusal;
        return new ProviderException(
                Reason.TRANSACTION_ROLLED_BACK,
                "there is no transaction" + (cause == null ? "" : ": " + cause.getMessage()),
                cause);
    }

    /** Of the transaction to work in, if the broker can be asked for it later. */
    @Nullable
    TransactionName name() {
        Open open = current;
        return open == null || !keepsOutcomes ? null : OutcomeQuestion.name(open.id());
    }

    /** Ends {@code answer} with what became of a transaction of this user. */
    void inquire(TransactionName name, long ageMillis, CompletableFuture<TransactionFate> answer) {
        CoordinatorQuestions there = questions;
        if (there == null || ended != null || !keepsOutcomes) {
            answer.completeExceptionally(ended != null ? ended : OutcomeQuestion.notOffered());
            return;
        }
        there.ask(OutcomeQuestion.message(name, ageMillis), new OutcomeQuestion(answer));
    }

    /** Attaches, and ends {@code answer} when the first transaction is open. */
    void begin(CompletableFuture<ProviderSession> answer) {
        // Who does not come again asks nothing later.
        questions = new CoordinatorQuestions(
                session,
                session.provider().reconnects()
                        ? List.of(Capability.LOCAL_TRANSACTIONS, Capability.TRANSACTION_OUTCOMES)
                        : List.of(Capability.LOCAL_TRANSACTIONS),
                this);
        ask(TransactionRequests.declare(), false, failure -> {
            if (failure == null) {
                answer.complete(session);
            } else {
                session.abandon(failure);
            }
        });
    }

    private void ask(ByteBuffer message, boolean isCommit, Ending ending) {
        CoordinatorQuestions there = questions;
        if (there == null) {
            throw new IllegalStateException("no transaction was begun");
        }
        there.ask(message, new Request(isCommit, ending));
    }

    /** Ends the transaction, and {@code answer} when it is decided and the next one is open. */
    void discharge(boolean fail, CompletableFuture<Void> answer) {
        Open last = current;
        if (last == null) {
            declareAnew(fail, answer);
            return;
        }
        current = null;
        Exchange exchange = new Exchange(answer);
        ask(TransactionRequests.discharge(last.id(), fail), !fail, exchange::onDischarged);
        ask(TransactionRequests.declare(), false, exchange::onDeclared);
    }

    /** There is no transaction, because the broker has refused it: nothing was done, and a new one is needed. */
    private void declareAnew(boolean fail, CompletableFuture<Void> answer) {
        ProviderException cause = ended;
        if (cause != null) {
            answer.completeExceptionally(cause);
            return;
        }
        boolean wasMissed = missed;
        missed = false;
        ProviderException nothing = none();
        ask(TransactionRequests.declare(), false, failure -> {
            refusal = failure;
            if (wasMissed && !fail) {
                answer.completeExceptionally(nothing);
            } else {
                Answered.done(answer);
            }
        });
    }

    @Override
    public void onAttached(Coordinator theirs) {
        keepsOutcomes = theirs.capabilities().contains(Capability.TRANSACTION_OUTCOMES);
    }

    @Override
    public void onEnded(ProviderException cause) {
        ended = cause;
        current = null;
    }

    /** One that was declared; over as soon as its end was asked for. */
    private final class Open extends EnclosingTransaction {
        private Open(TransactionId id) {
            super(id);
        }

        @Override
        boolean isOver() {
            return current != this;
        }
    }

    /** A commit that is on its way when the link ends may have happened; whatever was not sent has not. */
    private final class Request implements CoordinatorQuestions.Question {
        private final boolean isCommit;
        private final Ending ending;

        private Request(boolean isCommit, Ending ending) {
            this.isCommit = isCommit;
            this.ending = ending;
        }

        @Override
        public void onAnswer(@Nullable DeliveryState state) {
            if (state instanceof Declared declared) {
                current = new Open(declared.transactionId());
                missed = false;
                ending.end(null);
            } else {
                ending.end(state instanceof Outcome.Accepted ? null : refusal(state));
            }
        }

        private ProviderException refusal(@Nullable DeliveryState state) {
            ErrorCondition error = state instanceof Outcome.Rejected rejected ? rejected.error() : null;
            return isCommit
                    ? new ProviderException(
                            Reason.TRANSACTION_ROLLED_BACK,
                            "the broker rolled the transaction back"
                                    + (error == null ? "" : ": " + AmqpFailures.words(error)))
                    : AmqpFailures.of(error, "the transaction coordinator refused", Reason.BROKER_ERROR);
        }

        @Override
        public void onAnswerLost(ProviderException cause) {
            ending.end(
                    isCommit
                            ? new ProviderException(
                                    Reason.TRANSACTION_IN_DOUBT,
                                    "the answer to the commit was lost, so it may have happened: " + cause.getMessage(),
                                    cause)
                            : cause);
        }

        @Override
        public void onNeverSent(ProviderException cause) {
            ending.end(
                    isCommit
                            ? new ProviderException(
                                    Reason.TRANSACTION_ROLLED_BACK,
                                    "the commit was never sent: " + cause.getMessage(),
                                    cause)
                            : cause);
        }
    }

    /** How a request ended: called once, with null when it was granted. */
    private interface Ending {
        void end(@Nullable ProviderException failure);
    }

    /**
     * A discharge and the declare after it: ended when both are, in whichever order. The coordinator may answer the declare while
     * it still commits. What was discharged stays so when the next is not declared: then the next discharge asks for one.
     */
    private final class Exchange {
        private final CompletableFuture<Void> answer;
        private @Nullable ProviderException undischarged;
        private boolean half;

        private Exchange(CompletableFuture<Void> answer) {
            this.answer = answer;
        }

        private void onDischarged(@Nullable ProviderException cause) {
            undischarged = cause;
            onHalf();
        }

        private void onDeclared(@Nullable ProviderException cause) {
            refusal = cause;
            onHalf();
        }

        private void onHalf() {
            if (!half) {
                half = true;
            } else if (undischarged != null) {
                answer.completeExceptionally(undischarged);
            } else {
                Answered.done(answer);
            }
        }
    }
}
