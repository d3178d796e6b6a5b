package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.AskableSession;
import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session that is made anew on each connection, with its links. Methods of the port may be called from any thread; everything
 * else is owned by the provider's loop.
 *
 * <p>What was sent outside of a transaction and is not answered is sent again, in the order in which it was sent, over all
 * senders. A transaction is gone with its connection: what was sent in it fails, and the next commit says that it was rolled back.
 */
sealed class FailoverSession implements ProviderSession permits FailoverGlobalSession {
    private final FailoverProvider provider;

    /** To which the session's work belongs; null outside of transactions. */
    private volatile @Nullable TransactionWork work;

    private final Set<FailoverSender> senders = new LinkedHashSet<>();
    private final Set<FailoverReceiver> receivers = new LinkedHashSet<>();

    /** Sent by the application and not answered, in order. */
    private final Set<PendingSend> unanswered = new LinkedHashSet<>();

    /** Null while there is no connection, and after the end. */
    private volatile @Nullable ProviderSession there;

    private @Nullable ProviderException ended;

    FailoverSession(FailoverProvider provider, boolean transacted, ProviderSession there) {
        this.provider = provider;
        this.work = transacted ? new TransactionWork(false) : null;
        this.there = there;
    }

    // The port.

    @Override
    public CompletableFuture<Sender> openSender(@Nullable Address target) {
        return ask(
                session -> session.openSender(
                        target == null ? null : provider.temporary().atBroker(target)),
                opened -> {
                    FailoverSender sender = new FailoverSender(this, target, opened);
                    senders.add(sender);
                    return sender;
                },
                opened -> Answered.ignore(opened.close()));
    }

    @Override
    public CompletableFuture<Receiver> openReceiver(ReceiverRequest request, ReceiverListener listener) {
        FailoverReceiver receiver = new FailoverReceiver(this, request, listener);
        return ask(
                receiver::open,
                opened -> {
                    receiver.attach(opened);
                    receivers.add(receiver);
                    return receiver;
                },
                opened -> Answered.ignore(opened.close()));
    }

    @Override
    public CompletableFuture<Void> commit() {
        CompletableFuture<Void> answer = new PendingAnswer<>(provider::status);
        execute(answer, () -> commit(answer));
        return answer;
    }

    private void commit(CompletableFuture<Void> answer) {
        ProviderSession session = there;
        TransactionWork committing = transaction();
        if (committing.isLost()) {
            committing.onEnded();
            Runnable refuse = () -> answer.completeExceptionally(new ProviderException(
                    Reason.TRANSACTION_ROLLED_BACK,
                    "the connection was lost during the transaction, and the transaction with it"));
            if (session == null) {
                refuse.run();
            } else {
                Answered.hear(session.rollback(), refuse);
            }
        } else if (session == null) {
            // Nothing was done since the last: once there is a connection, there is nothing to it.
            Answered.hear(
                    ask(ProviderSession::commit, Function.identity(), done -> {}),
                    answer::complete,
                    answer::completeExceptionally);
        } else {
            committing.onEnded();
            InDoubtCommit sent =
                    InDoubtCommit.sentNow(session instanceof AskableSession askable ? askable.transactionName() : null);
            Answered.hear(
                    session.commit(),
                    answer::complete,
                    cause -> onCommitFailed(sent, ofCommit(cause, there == session), answer));
        }
    }

    /** What may have happened although its answer was lost is asked for as soon as there is a connection, if it can be. */
    final void onCommitFailed(InDoubtCommit sent, ProviderException failure, CompletableFuture<Void> answer) {
        TransactionName name = sent.name();
        if (failure.reason() != Reason.TRANSACTION_IN_DOUBT || name == null) {
            answer.completeExceptionally(failure);
            return;
        }
        CompletableFuture<TransactionFate> told = inquire(name, sent);
        Answered.hear(told, fate -> sent.end(fate, failure, answer), cause -> sent.end(cause, failure, answer));
        Answered.hear(answer, () -> told.cancel(false));
    }

    /** A commit that went out with the connection is told so by its own reasons; any other never went. */
    private static ProviderException ofCommit(ProviderException failure, boolean connected) {
        boolean decided =
                failure.reason() == Reason.TRANSACTION_IN_DOUBT || failure.reason() == Reason.TRANSACTION_ROLLED_BACK;
        return connected || decided
                ? failure
                : new ProviderException(
                        Reason.TRANSACTION_ROLLED_BACK,
                        "the connection was lost before the commit, and the transaction with it: "
                                + failure.getMessage(),
                        failure);
    }

    /** Asks what became of a transaction, on the connection that there is. */
    final CompletableFuture<TransactionFate> inquire(TransactionName name, InDoubtCommit sent) {
        return ask(
                session -> session instanceof AskableSession askable
                        ? askable.inquire(name, sent.ageMillis())
                        : CompletableFuture.failedFuture(new ProviderException(
                                Reason.NOT_SUPPORTED, "this broker cannot be asked what became of transactions")),
                Function.identity(),
                fate -> {});
    }

    @Override
    public boolean isTransactionLost() {
        TransactionWork open = work;
        return open != null && open.isLost();
    }

    private TransactionWork transaction() {
        TransactionWork open = work;
        if (open == null) {
            throw new IllegalStateException("the session is not transacted");
        }
        return open;
    }

    @Override
    public CompletableFuture<Void> rollback() {
        CompletableFuture<Void> answer = new PendingAnswer<>(provider::status);
        execute(answer, () -> {
            ProviderSession session = there;
            transaction().onEnded();
            if (session == null) {
                Answered.done(answer);
                return;
            }
            Answered.hear(session.rollback(), answer::complete, cause -> {
                if (there == session) {
                    answer.completeExceptionally(cause);
                } else {
                    // With its connection it is rolled back as well.
                    Answered.done(answer);
                }
            });
        });
        return answer;
    }

    @Override
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> answer = new PendingAnswer<>(provider::status);
        boolean runs = provider.execute(() -> {
            ProviderSession session = there;
            provider.remove(this);
            end(new ProviderException(Reason.CLOSED, "the session is closed"));
            if (session == null) {
                Answered.done(answer);
            } else {
                Answered.hear(session.close(), () -> Answered.done(answer));
            }
        });
        if (!runs) {
            Answered.done(answer);
        }
        return answer;
    }

    /** Has something done on the loop while the session lives; else the answer says why not. */
    void execute(CompletableFuture<?> answer, Runnable task) {
        boolean runs = provider.execute(() -> {
            ProviderException cause = ended;
            if (cause == null) {
                task.run();
            } else {
                answer.completeExceptionally(cause);
            }
        });
        if (!runs) {
            answer.completeExceptionally(new ProviderException(Reason.CLOSED, "the connection is closed"));
        }
    }

    final <A, T> CompletableFuture<T> ask(
            Function<ProviderSession, CompletableFuture<A>> question,
            Function<A, T> made,
            java.util.function.Consumer<A> unwanted) {
        Supplier<CompletableFuture<A>> put = () -> {
            ProviderSession session = there;
            if (session == null) {
                throw ended == null ? new ProviderException(Reason.CLOSED, "the session is not there") : ended;
            }
            return question.apply(session);
        };
        return provider.ask(put, made, unwanted);
    }

    // Sends.

    void send(PendingSend send) {
        ProviderException cause = ended;
        if (cause != null) {
            send.reply().onFailed(cause);
            return;
        }
        unanswered.add(send);
        if (provider.isConnected()) {
            pass(send);
        }
    }

    private void pass(PendingSend send) {
        ProviderSession by = there;
        Sender sender = send.sender().attached();
        if (sender == null || by == null) {
            fail(send, send.sender().whyNot());
            return;
        }
        TransactionWork within = send.work();
        if (within != null) {
            if (within.isOver()) {
                fail(send, lostWithItsTransaction());
                return;
            }
            within.onWork();
        }
        send.onPassed();
        send.readdress(sender, provider.temporary());
        sender.send(send.encoded(), new SendReply() {
            @Override
            public void onAccepted() {
                if (unanswered.remove(send)) {
                    send.reply().onAccepted();
                }
            }

            @Override
            public void onFailed(ProviderException cause) {
                if (there == by) {
                    fail(send, cause);
                }
            }
        });
    }

    private void fail(PendingSend send, ProviderException cause) {
        if (unanswered.remove(send)) {
            send.reply().onFailed(cause);
        }
    }

    /** Takes a message back; true when it has never gone out. It is not sent again in any case. */
    CompletableFuture<Boolean> withdraw(PendingSend send) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        execute(answer, () -> {
            Sender sender = send.sender().attached();
            if (!unanswered.contains(send)) {
                answer.complete(false);
            } else if (sender == null || !provider.isConnected()) {
                unanswered.remove(send);
                answer.complete(!send.wasPassed());
            } else {
                send.onNotWanted();
                Answered.hear(
                        sender.withdraw(send.encoded()),
                        withdrawn -> {
                            if (withdrawn) {
                                unanswered.remove(send);
                            }
                            answer.complete(withdrawn && !send.wasPassedBefore());
                        },
                        cause -> answer.complete(false));
            }
        });
        return answer;
    }

    // Interruption and restoration.

    /** The connection is gone. */
    void onInterrupted() {
        List.copyOf(senders).forEach(FailoverSender::noteClosed);
        detach();
        TransactionWork open = work;
        if (open != null) {
            open.onInterrupted();
        }
        for (PendingSend send : List.copyOf(unanswered)) {
            if (send.work() != null) {
                fail(send, lostWithItsTransaction());
            } else if (send.isNotWanted()) {
                unanswered.remove(send);
            }
        }
        List.copyOf(receivers).forEach(FailoverReceiver::onInterrupted);
    }

    private static ProviderException lostWithItsTransaction() {
        return new ProviderException(
                Reason.TRANSACTION_ROLLED_BACK,
                "the connection was lost, and with it the transaction that the message was in");
    }

    /** There is no connection, or none on which all is there. */
    void detach() {
        there = null;
        senders.forEach(FailoverSender::detach);
        receivers.forEach(FailoverReceiver::detach);
    }

    /** Makes the session and its links on a new connection. Fails when that has to be tried once more. */
    CompletableFuture<?> restore(Provider made) {
        return openOn(made).thenCompose(opened -> {
            if (ended != null) {
                return opened.close();
            }
            there = opened;
            Predicate<ProviderException> isFinal =
                    cause -> there == opened && provider.interruption().isFinal(cause);
            List<CompletableFuture<?>> links = new ArrayList<>();
            for (FailoverReceiver receiver : List.copyOf(receivers)) {
                links.add(
                        Tolerated.unlessFinal(receiver.open(opened), receiver::attach, isFinal, receiver::endByBroker));
            }
            for (FailoverSender sender : List.copyOf(senders)) {
                links.add(Tolerated.unlessFinal(sender.open(opened), sender::attach, isFinal, sender::end));
            }
            return CompletableFuture.allOf(links.toArray(CompletableFuture[]::new));
        });
    }

    /** Opens one like it on another connection. */
    CompletableFuture<? extends ProviderSession> openOn(Provider made) {
        return made.openSession(work != null);
    }

    /** All is there: what waited goes out. */
    void resume() {
        List.copyOf(unanswered).forEach(this::pass);
        receivers.forEach(FailoverReceiver::resume);
    }

    void end(ProviderException cause) {
        if (ended == null) {
            ended = cause;
            detach();
            failAll(cause);
            List.copyOf(receivers).forEach(receiver -> receiver.end(cause));
            receivers.clear();
            senders.clear();
        }
    }

    private void failAll(ProviderException cause) {
        List.copyOf(unanswered).forEach(send -> fail(send, cause));
    }

    // For the links of this session.

    FailoverProvider provider() {
        return provider;
    }

    /** The session on the connection that is there; null when there is none. From any thread. */
    @Nullable
    ProviderSession there() {
        return there;
    }

    /** The transaction to which belongs what is done now; null for none. From the thread that does it. */
    @Nullable
    TransactionWork work() {
        return work;
    }

    void become(@Nullable TransactionWork next) {
        work = next;
    }

    void remove(FailoverSender sender) {
        senders.remove(sender);
    }

    void remove(FailoverReceiver receiver) {
        receivers.remove(receiver);
    }
}
