package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.AskableSession;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Sender;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An AMQP session, with a transaction always open when it is a transacted one, or now and then one that somebody else
 * coordinates. Methods of the port may be called from any thread; everything else is owned by the connection's loop.
 */
final class AmqpProviderSession implements GlobalSession, AskableSession, ClientSessionListener {
    private final AmqpProvider provider;
    private final @Nullable TransactionController transactions;
    private final @Nullable GlobalController global;
    private final CompletableFuture<ProviderSession> begun;
    private final Set<SessionLink> links = new LinkedHashSet<>();
    private @Nullable Session session;
    private @Nullable ProviderException ended;

    /** Who waits for the end; null when nobody does. */
    private @Nullable CompletableFuture<Void> closing;

    private int unconfirmed;

    private AmqpProviderSession(
            AmqpProvider provider, boolean transacted, boolean isGlobal, CompletableFuture<ProviderSession> begun) {
        this.provider = provider;
        this.begun = begun;
        this.transactions = transacted ? new TransactionController(this) : null;
        this.global = isGlobal ? new GlobalController(this) : null;
    }

    static AmqpProviderSession of(AmqpProvider provider, boolean transacted, CompletableFuture<ProviderSession> begun) {
        return new AmqpProviderSession(provider, transacted, false, begun);
    }

    /** One whose transactions somebody else coordinates. */
    static AmqpProviderSession global(AmqpProvider provider, CompletableFuture<ProviderSession> begun) {
        return new AmqpProviderSession(provider, false, true, begun);
    }

    /** A session that cannot be what was asked for is not left behind. */
    void abandon(ProviderException cause) {
        if (session != null && ended == null) {
            session.end(null);
        }
        provider.remove(this);
        end(cause, false);
    }

    void begin() {
        provider.add(this);
        session = provider.begin(this);
    }

    @Override
    public void onBegin(Session agreed) {
        if (transactions != null) {
            transactions.begin(begun);
        } else {
            begun.complete(this);
        }
    }

    @Override
    public void onEnd(Session refused, @Nullable ErrorCondition error) {
        ProviderException cause = AmqpFailures.of(error, "the broker ended the session", Reason.CLOSED);
        provider.remove(this);
        end(cause, true);
    }

    void onConnectionLost(ProviderException cause) {
        end(cause, false);
    }

    private void end(ProviderException cause, boolean byBroker) {
        ended = cause;
        begun.completeExceptionally(cause);
        for (SessionLink link : List.copyOf(links)) {
            link.onSessionEnded(cause, byBroker);
        }
        links.clear();
    }

    @Override
    public CompletableFuture<Sender> openSender(@Nullable Address target) {
        return ask(answer -> new AmqpSender(this, target, answer).attach());
    }

    @Override
    public CompletableFuture<Receiver> openReceiver(ReceiverRequest request, ReceiverListener listener) {
        return ask(answer -> new AmqpReceiver(this, request, listener, answer).attach());
    }

    @Override
    public CompletableFuture<Void> commit() {
        return ask(answer -> controller().discharge(false, answer));
    }

    @Override
    public @Nullable TransactionName transactionName() {
        return transactions == null ? null : transactions.name();
    }

    @Override
    public @Nullable TransactionName nameOf(GlobalTransaction transaction) {
        return GlobalController.nameOf(transaction);
    }

    @Override
    public CompletableFuture<TransactionFate> inquire(TransactionName name, long ageMillis) {
        return ask(answer -> {
            if (transactions != null) {
                transactions.inquire(name, ageMillis, answer);
            } else {
                globalController().inquire(name, ageMillis, answer);
            }
        });
    }

    @Override
    public CompletableFuture<Void> rollback() {
        return ask(answer -> controller().discharge(true, answer));
    }

    @Override
    public CompletableFuture<GlobalTransaction> begin(byte[] globalId) {
        return ask(answer -> globalController().declare(globalId, answer));
    }

    @Override
    public void enter(@Nullable GlobalTransaction transaction) {
        provider.execute(() -> globalController().enter(transaction));
    }

    @Override
    public CompletableFuture<Void> decide(byte[] globalId, boolean commit) {
        return ask(answer -> globalController().decide(globalId, commit, answer));
    }

    @Override
    public CompletableFuture<Optional<byte[]>> next(byte @Nullable [] after) {
        return ask(answer -> globalController().next(after, answer));
    }

    private GlobalController globalController() {
        if (global == null) {
            throw new IllegalStateException("nobody else coordinates this session's transactions");
        }
        return global;
    }

    private TransactionController controller() {
        if (transactions == null) {
            throw new IllegalStateException("the session is not transacted");
        }
        return transactions;
    }

    @Override
    public CompletableFuture<Void> close() {
        return provider.ask(answer -> {
            closing = answer;
            closeWhenConfirmed();
        });
    }

    /** First the broker is to have confirmed what it will: who is closed hears nothing any more. */
    private void closeWhenConfirmed() {
        CompletableFuture<Void> answer = closing;
        if (answer == null || (unconfirmed > 0 && ended == null)) {
            return;
        }
        closing = null;
        if (ended == null && session != null) {
            session.end(null);
            provider.remove(this);
            end(new ProviderException(Reason.CLOSED, "the session is closed"), false);
        }
        Answered.done(answer);
    }

    /** A link has told the broker something that it will hear confirmed. */
    void onUnconfirmed() {
        unconfirmed++;
    }

    void onConfirmed() {
        unconfirmed--;
        closeWhenConfirmed();
    }

    // For the links of this session.

    /** A question that only a session in being can answer. */
    <T> CompletableFuture<T> ask(java.util.function.Consumer<CompletableFuture<T>> question) {
        return provider.ask(answer -> {
            if (ended != null) {
                answer.completeExceptionally(ended);
            } else {
                question.accept(answer);
            }
        });
    }

    AmqpProvider provider() {
        return provider;
    }

    /** Whether what is sent and settled may belong to a transaction. */
    boolean isTransacted() {
        return isAlwaysInTransaction() || global != null;
    }

    /** Whether nothing is ever sent or settled outside of a transaction. */
    boolean isAlwaysInTransaction() {
        return transactions != null;
    }

    /** To which belongs what is done now; null for none. */
    @Nullable
    EnclosingTransaction transaction() {
        return transactions != null ? transactions.current() : global != null ? global.current() : null;
    }

    /** An outcome as part of the session's transaction, or as it is when there is none. */
    DeliveryState settlementState(Outcome outcome) {
        EnclosingTransaction current = transaction();
        return current == null ? outcome : new TransactionalState(current.id(), outcome);
    }

    /** Why a send or a settlement that is to happen now finds no transaction where it belongs to one: it must not happen. */
    @Nullable
    ProviderException missingTransaction() {
        if (global != null) {
            return global.isLost()
                    ? new ProviderException(Reason.TRANSACTION_ROLLED_BACK, "there is no transaction")
                    : null;
        }
        return transactions == null ? null : transactions.missing();
    }

    SendingLink attachSender(AttachParameters parameters, SendingLinkListener listener, SessionLink link) {
        SendingLink attaching = begunSession().attachSender(parameters, listener);
        links.add(link);
        return attaching;
    }

    ReceivingLink attachReceiver(AttachParameters parameters, ReceivingLinkListener listener, SessionLink link) {
        ReceivingLink attaching = begunSession().attachReceiver(parameters, listener);
        links.add(link);
        return attaching;
    }

    private Session begunSession() {
        if (session == null) {
            throw new IllegalStateException("attach before begin");
        }
        return session;
    }

    void remove(SessionLink link) {
        links.remove(link);
    }

    /** A link, which hears of its session's end from here: the protocol has no word for it. */
    interface SessionLink {
        /**
         * The session is over, and the link with it.
         *
         * @param byBroker the broker ended this session alone, and nobody else will say so
         */
        void onSessionEnded(ProviderException cause, boolean byBroker);
    }
}
