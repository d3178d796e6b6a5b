package dev.godwit.jms.session;

import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import jakarta.jms.CompletionListener;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The sends of one session: those that somebody waits for, and those that go on their way, whose failures come later.
 * Used by the session's thread; the answers come on the provider's.
 */
final class SessionSends {
    private final ClientConnection connection;
    private final BooleanSupplier transacted;
    private final SendWindow window;
    private final CompletionQueue completions;
    private final AtomicReference<@Nullable JMSException> transactionFailure = new AtomicReference<>();

    /** @param transacted whether what is sent now belongs to a transaction */
    SessionSends(ClientConnection connection, String sessionId, BooleanSupplier transacted) {
        ConnectionSettings settings = connection.settings();
        this.connection = connection;
        this.transacted = transacted;
        this.window = new SendWindow(settings.sending().windowBytes(), settings.sendTimeoutMillis());
        this.completions = new CompletionQueue("godwit-jms-completion " + sessionId);
    }

    /** Sends, and waits for the answer where the delivery mode and the session want it so. */
    void send(Sender sender, Sender.Encoded encoded, int deliveryMode, String what) throws JMSException {
        if (waits(deliveryMode)) {
            sendAndWait(sender, encoded, what);
        } else {
            sendAndGoOn(sender, encoded, what);
        }
    }

    private boolean waits(int deliveryMode) {
        ConnectionSettings.Sending sending = connection.settings().sending();
        if (sending.forceSync() || sending.forceAsync()) {
            return sending.forceSync();
        }
        return deliveryMode == DeliveryMode.PERSISTENT && !transacted.getAsBoolean();
    }

    private void sendAndWait(Sender sender, Sender.Encoded encoded, String what) throws JMSException {
        CompletableFuture<@Nullable Void> answer =
                new PendingAnswer<>(() -> connection.provider().status());
        sender.send(encoded, new SendReply() {
            @Override
            public void onAccepted() {
                answer.complete(null);
            }

            @Override
            public void onFailed(ProviderException cause) {
                answer.completeExceptionally(cause);
            }
        });
        try {
            Answers.await(answer, connection.settings().sendTimeoutMillis(), what);
        } catch (JMSException failure) {
            if (Answers.TIMEOUT.equals(failure.getErrorCode()) && isWithdrawn(sender, encoded)) {
                throw JmsErrors.withCause(
                        new JMSException(
                                failure.getMessage() + "; it was never sent, for want of credit or of a connection",
                                Answers.TIMEOUT),
                        failure);
            }
            throw failure;
        }
    }

    /** Whether a send that has timed out had not even begun. When there is no telling: no. */
    private static boolean isWithdrawn(Sender sender, Sender.Encoded encoded) {
        try {
            return Answers.await(sender.withdraw(encoded), 1_000, "withdrawing a message");
        } catch (JMSException unknown) {
            return false;
        }
    }

    private void sendAndGoOn(Sender sender, Sender.Encoded encoded, String what) throws JMSException {
        int bytes = enter(sender, encoded, what);
        boolean inTransaction = transacted.getAsBoolean();
        sender.send(encoded, new SendReply() {
            @Override
            public void onAccepted() {
                window.leave(bytes);
            }

            @Override
            public void onFailed(ProviderException cause) {
                JMSException failure = JmsErrors.of(cause, what);
                if (inTransaction) {
                    transactionFailure.compareAndSet(null, failure);
                } else if (connection.isConnected()) {
                    // Else the listener has been told of the connection, and that says it for all.
                    connection.onAsynchronousFailure(failure);
                }
                window.leave(bytes);
            }
        });
    }

    /** Waits for room in the window; a message that finds none goes no further. */
    private int enter(Sender sender, Sender.Encoded encoded, String what) throws JMSException {
        try {
            return window.enter(encoded.sizeBytes(), what);
        } catch (JMSException notSent) {
            sender.giveUp(encoded, notSent);
            throw notSent;
        }
    }

    /** Sends, and tells the listener of the answer. */
    void send(Sender sender, Sender.Encoded encoded, Message message, CompletionListener listener, String what)
            throws JMSException {
        int bytes = enter(sender, encoded, what);
        CompletionQueue.Pending pending = completions.add(message, listener);
        boolean inTransaction = transacted.getAsBoolean();
        sender.send(encoded, new SendReply() {
            @Override
            public void onAccepted() {
                completions.end(pending, null);
                window.leave(bytes);
            }

            @Override
            public void onFailed(ProviderException cause) {
                JMSException failure = JmsErrors.of(cause, what);
                if (inTransaction) {
                    transactionFailure.compareAndSet(null, failure);
                }
                completions.end(pending, failure);
                window.leave(bytes);
            }
        });
    }

    /** The first failure within the transaction, which must not be committed then. */
    @Nullable
    JMSException transactionFailure() {
        return transactionFailure.get();
    }

    /** The transaction must not be committed any more. */
    void failTransaction(JMSException cause) {
        transactionFailure.compareAndSet(null, cause);
    }

    /** The transaction has been rolled back, and its failure with it. */
    void forgetTransactionFailure() {
        transactionFailure.set(null);
    }

    /** Waits until every send has its answer and every completion listener has been called. */
    void await() throws JMSException {
        long millis = connection.settings().sendTimeoutMillis();
        if (!window.awaitEmpty(millis)) {
            throw new JMSException("the broker has not answered all sends within " + millis + " ms", Answers.TIMEOUT);
        }
        Answers.await(completions.whenCalled(), millis, "waiting for completion listeners");
    }

    /** Whether every send that nobody waits for has its answer. */
    boolean isAnswered() throws JMSException {
        return window.awaitEmpty(0);
    }

    /** As {@link #await}, for as long as a close may take; sends without an answer are then left to their fate. */
    void awaitForClose(Deadline deadline) throws JMSException {
        if (window.awaitEmpty(deadline.leftMillis(1))) {
            Answers.await(completions.whenCalled(), deadline.leftMillis(1), "waiting for completion listeners");
        } else {
            connection.onAsynchronousFailure(new JMSException(
                    "closing a session: the broker has not answered all sends within the close timeout",
                    Answers.TIMEOUT));
        }
    }

    /** True on the thread that calls completion listeners, while it does. */
    boolean isCompleting() {
        return completions.isCalling();
    }

    void close() {
        completions.close();
    }
}
